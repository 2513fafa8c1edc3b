/** The exit codes. */
export const EXIT = {
  done: 0,
  /** The bank failed, or not everything was done; a line on stderr says what. */
  failed: 1,
  /** The command is wrong. */
  mistake: 2,
} as const

/** Returns true for an error of this project, whose message says what to do and quotes no session. */
export function isExplained(error: unknown): error is Error & { code: string } {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && code.startsWith('SESSIONBANK_')
}

/** The command is wrong. The message says what to do. */
export class UserError extends Error {}
