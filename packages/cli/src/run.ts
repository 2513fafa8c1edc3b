import { nameAndCode } from '@sessionbank/databank-kit'
import { CommanderError } from 'commander'
import { makeProgram } from './program.ts'
import { OutputClosed, Terminal } from './terminal.ts'
import { EXIT, isExplained, UserError } from './user-error.ts'

/** Codes of errors that mean that the command is wrong, not that the bank failed. */
const MISTAKES = new Set([
  'SESSIONBANK_INVALID_OPTION',
  'SESSIONBANK_MISSING_DRIVER',
  'SESSIONBANK_MISSING_CLIENT',
  'SESSIONBANK_INVALID_SESSION_ID',
])

/**
 * Runs one command of the command line.
 *
 * @param args the arguments after `sessionbank`
 * @returns the exit code: 0 done; 1 the bank failed, or not everything was done; 2 the command is wrong
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
    // Help was requested and has been printed.
    if (error.exitCode === 0) return EXIT.done
    // Without a command, commander has printed the help.
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
  // A bug in the command line. Shows the stack without the message, which might quote a session.
  const { stack = '' } = error as Error
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  terminal.fail(`unexpected ${nameAndCode(error)}: please report it with these lines`)
  for (const frame of frames) terminal.note(frame)
  return EXIT.failed
}
