/** How the process ends. */
export const EXIT = {
  done: 0,
  /** The bank failed, or something was left undone, which a line on stderr names. */
  failed: 1,
  /** The command cannot be carried out as it was given. */
  mistake: 2,
} as const

/** Whether the message of an error is of this project: it says what to do, and quotes no session. */
export function isExplained(error: unknown): error is Error & { code: string } {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && code.startsWith('SESSIONBANK_')
}

/** A mistake in a command: one line that says what to do. */
export class UserError extends Error {}
