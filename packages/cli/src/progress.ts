import type { Terminal } from './terminal.ts'
import { counted, countText, durationText } from './text.ts'

/** Time between two updates of the bar, in ms. */
const REDRAWN_EVERY = 100
/** Time between two lines in a log, in ms. */
const LOGGED_EVERY = 10_000
const WIDTH = 24
/** The rate is measured over this many ms, because a source may be read faster at first. */
const RATE_OVER = 5_000

/** Shows the progress of a command: a bar on a terminal, occasional lines in a log. */
export class Progress {
  readonly #terminal: Terminal
  readonly #label: string
  readonly #total: number
  readonly #began = performance.now()
  #done = 0
  #shown = performance.now()
  #rateSince = { time: performance.now(), done: 0 }
  #rate = 0

  /** @param total about how many there are; null if unknown */
  constructor(terminal: Terminal, label: string, total: number | null) {
    this.#terminal = terminal
    this.#label = label
    this.#total = total ?? 0
  }

  /** Counts one more as done. */
  readonly tick = (): void => {
    this.#done++
    // Reading the clock takes longer than counting.
    if ((this.#done & 63) !== 0) return
    const now = performance.now()
    if (now - this.#shown < (this.#terminal.isInteractive ? REDRAWN_EVERY : LOGGED_EVERY)) return
    this.#shown = now
    this.#measure(now)
    if (this.#terminal.isInteractive) this.#terminal.redraw(this.#line())
    else this.#terminal.note(this.#line())
  }

  /** Removes the bar. Returns the count, the time and the rate, such as `10,000 sessions in 2 s, 5,000 a second`. */
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
