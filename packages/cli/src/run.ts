import { nameAndCode } from '@sessionbank/databank-kit'
import { CommanderError } from 'commander'
import { makeProgram } from './program.ts'
import { OutputClosed, Terminal } from './terminal.ts'
import { EXIT, isExplained, UserError } from './user-error.ts'

/** Errors that are about the command itself, and not about the bank. */
const MISTAKES = new Set([
  'SESSIONBANK_INVALID_OPTION',
  'SESSIONBANK_MISSING_DRIVER',
  'SESSIONBANK_MISSING_CLIENT',
  'SESSIONBANK_INVALID_SESSION_ID',
])

/**
 * Runs one command of the command line.
 *
 * @param args what stands behind `sessionbank`
 * @returns the exit code: 0 done; 1 the bank failed, or something was left undone; 2 the command cannot be carried out
 */
export async function run(args: readonly string[]): Promise<number> {
  const terminal = new Terminal()
  let code: number = EXIT.done
  const program = makeProgram(terminal, (outcome) => {
    code = outcome
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return failed(error, terminal)
  }
}

function failed(error: unknown, terminal: Terminal): number {
  if (error instanceof OutputClosed) return EXIT.done
  if (error instanceof CommanderError) {
    // Help was asked for, and is written.
    if (error.exitCode === 0) return EXIT.done
    // Without a command, help is all there is to say.
    if (error.code !== 'commander.help') terminal.fail(`${error.message.replace(/^error: /, '')} (see --help)`)
    return EXIT.mistake
  }
  if (error instanceof UserError) {
    terminal.fail(error.message)
    return EXIT.mistake
  }
  if (isExplained(error)) {
    terminal.fail(error.message)
    return MISTAKES.has(error.code) ? EXIT.mistake : EXIT.failed
  }
  // A fault of ours: where it is, without a message, which might quote a session.
  const { stack = '' } = error as Error
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  terminal.fail(`unexpected ${nameAndCode(error)}: please report it with these lines`)
  for (const frame of frames) terminal.note(frame)
  return EXIT.failed
}
