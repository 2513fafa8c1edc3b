import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { createColors } from 'picocolors'
import { printable } from './text.ts'
import { UserError } from './user-error.ts'

type Colors = ReturnType<typeof createColors>

/** The reader of stdout has gone, as `head` does when it has seen enough. */
export class OutputClosed extends Error {}

/** Where results, messages and questions go. Results are for stdout, all else for stderr. */
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

  /** Whether stderr is a terminal, on which a line can be written anew. */
  get isInteractive(): boolean {
    return this.#notes.isTTY === true && process.env.TERM !== 'dumb'
  }

  /** Writes a line of the result, and waits until it can take more. Throws OutputClosed if it cannot any more. */
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

  /** Writes one line that says what is wrong. */
  fail(message: string): void {
    this.note(`${this.noteColors.red('error:')} ${printable(message).replace(/\s*\n\s*/g, ' ')}`)
  }

  /** Replaces the last line of stderr. */
  redraw(line: string): void {
    this.#notes.write(`\r\x1b[K${line}`)
  }

  /** Asks for a yes. Anything else is a no; where no answer can come, it is a mistake to ask without `--yes`. */
  async confirm(question: string): Promise<boolean> {
    this.#notes.write(`${question} [y/N] `)
    const lines = createInterface({ input: this.#input })
    for await (const answer of lines) {
      lines.close()
      if (!this.#input.isTTY) this.note('')
      return /^y(es)?$/i.test(answer.trim())
    }
    this.note('')
    throw new UserError('no answer: give --yes where nobody can answer')
  }
}

/** https://no-color.org */
function isColored(isTerminal: boolean | undefined): boolean {
  if (process.env.NO_COLOR) return false
  if (process.env.FORCE_COLOR && process.env.FORCE_COLOR !== '0') return true
  return isTerminal === true && process.env.TERM !== 'dumb'
}
