import type { Terminal } from './terminal.ts'
import { counted, countText, durationText } from './text.ts'

const REDRAWN_EVERY = 100
/** In a log, where each redrawing is a line. */
const LOGGED_EVERY = 10_000
const WIDTH = 24
/** The rate is that of the last seconds, not of all: a source may be read faster at first. */
const RATE_OVER = 5_000

/** Tells how far a command has come: a bar on a terminal, a line now and then in a log. */
export class Progress {
  readonly #terminal: Terminal
  readonly #label: string
  readonly #total: number
  readonly #began = performance.now()
  #done = 0
  #shown = performance.now()
  #rateSince = { time: performance.now(), done: 0 }
  #rate = 0

  /** @param total how many there are, about; null: nobody knows */
  constructor(terminal: Terminal, label: string, total: number | null) {
    this.#terminal = terminal
    this.#label = label
    this.#total = total ?? 0
  }

  /** One more is done. */
  readonly tick = (): void => {
    this.#done++
    // To ask for the time takes longer than to count.
    if ((this.#done & 63) !== 0) return
    const now = performance.now()
    if (now - this.#shown < (this.#terminal.isInteractive ? REDRAWN_EVERY : LOGGED_EVERY)) return
    this.#shown = now
    this.#measure(now)
    if (this.#terminal.isInteractive) this.#terminal.redraw(this.#line())
    else this.#terminal.note(this.#line())
  }

  /** Removes the bar. Returns what was done and how long it took, such as `10,000 in 2 s`. */
  end(): string {
    if (this.#terminal.isInteractive) this.#terminal.redraw('')
    const ms = performance.now() - this.#began
    const rate = ms >= 1_000 ? `, ${countText((this.#done / ms) * 1_000)} a second` : ''
    return `${counted(this.#done, 'session')} in ${durationText(ms)}${rate}`
  }

  #measure(now: number): void {
    const { time, done } = this.#rateSince
    this.#rate = ((this.#done - done) / (now - time)) * 1_000
    if (now - time > RATE_OVER) this.#rateSince = { time: now, done: this.#done }
  }

  #line(): string {
    const { noteColors } = this.#terminal
    const rate = `${countText(this.#rate)} a second`
    if (this.#total === 0) return `${this.#label} ${countText(this.#done)}, ${rate}`
    const share = Math.min(this.#done / this.#total, 1)
    const filled = Math.round(share * WIDTH)
    const bar = noteColors.green('█'.repeat(filled)) + noteColors.dim('░'.repeat(WIDTH - filled))
    const left = this.#rate > 0 ? (Math.max(this.#total - this.#done, 0) / this.#rate) * 1_000 : 0
    const percent = `${Math.floor(share * 100)} %`.padStart(5)
    return `${this.#label} ${bar} ${percent} ${countText(this.#done)} of ${countText(this.#total)}, ${rate}, ${durationText(left)} left`
  }
}
