import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { createColors } from 'picocolors'
import { printable } from './text.ts'
import { UserError } from './user-error.ts'

type Colors = ReturnType<typeof createColors>

/** The reader of stdout has closed it, as `head` does after enough lines. */
export class OutputClosed extends Error {}

/** Writes results to stdout, and messages and questions to stderr. */
export class Terminal {
  /** For stdout. */
  readonly colors: Colors
  /** For stderr. */
  readonly noteColors: Colors
  readonly #input = process.stdin
  readonly #output = process.stdout
  readonly #notes = process.stderr
  #isClosed = false

  constructor() {
    this.colors = createColors(isColored(this.#output.isTTY))
    this.noteColors = createColors(isColored(this.#notes.isTTY))
    this.#output.on('error', () => {
      this.#isClosed = true
    })
  }

  /** True if stderr is a terminal, whose last line can be replaced. */
  get isInteractive(): boolean {
    return this.#notes.isTTY === true && process.env.TERM !== 'dumb'
  }

  /** Writes a line of the result, and waits until stdout accepts more. Throws OutputClosed if it is closed. */
  async print(line: string): Promise<void> {
    if (!this.#isClosed && !this.#output.write(`${line}\n`)) {
      await Promise.race([once(this.#output, 'drain'), once(this.#output, 'close')]).catch(() => {})
    }
    if (this.#isClosed) throw new OutputClosed()
  }

  /** Writes a message. */
  note(line: string): void {
    this.#notes.write(`${line}\n`)
  }

  /** Writes an error as one line. */
  fail(message: string): void {
    this.note(`${this.noteColors.red('error:')} ${printable(message).replace(/\s*\n\s*/g, ' ')}`)
  }

  /** Replaces the last line of stderr. */
  redraw(line: string): void {
    this.#notes.write(`\r\x1b[K${line}`)
  }

  /** Asks a question; any answer except yes means no. Throws UserError if there is no answer, because stdin ended. */
  async confirm(question: string): Promise<boolean> {
    this.#notes.write(`${question} [y/N] `)
    const lines = createInterface({ input: this.#input })
    for await (const answer of lines) {
      lines.close()
      if (!this.#input.isTTY) this.note('')
      return /^y(es)?$/i.test(answer.trim())
    }
    this.note('')
    throw new UserError('no answer: use --yes if the command runs unattended')
  }
}

/** Returns true if output is coloured. See https://no-color.org. */
function isColored(isTerminal: boolean | undefined): boolean {
  if (process.env.NO_COLOR) return false
  if (process.env.FORCE_COLOR && process.env.FORCE_COLOR !== '0') return true
  return isTerminal === true && process.env.TERM !== 'dumb'
}
