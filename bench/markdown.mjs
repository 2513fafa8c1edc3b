/** Returns a Markdown table. */
export function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Counts the goals that were reached, and lists those that were not. */
export class Goals {
  #reached = 0
  #missed = []
  #isJudged

  /** @param isJudged false if there are too few rounds to judge */
  constructor(isJudged = true) {
    this.#isJudged = isJudged
  }

  /**
   * Records whether a figure, rounded as shown, reaches its goal. Returns the figure with the goal and ✓ or ✗.
   *
   * @param goal a number, or undefined if there is none
   * @param isEnough compares the figure with the goal. Default: it must be at least the goal
   */
  cell({ median, least, most }, goal, what, isEnough = (figure) => figure >= goal) {
    const shown = median.toFixed(2)
    const range = `${least.toFixed(2)}–${most.toFixed(2)}`
    if (goal === undefined || !this.#isJudged) return `**${shown}** (${range})`
    const isReached = isEnough(Number(shown))
    if (isReached) this.#reached++
    else this.#missed.push(`${what}: ${shown}, goal ${goal}`)
    return `**${shown}** (${range}; ${goal} ${isReached ? '✓' : '✗'})`
  }

  /** Returns the summary as Markdown, or '' if there was no goal. */
  summary() {
    const all = this.#reached + this.#missed.length
    if (all === 0) return ''
    const missed = this.#missed.map((one) => `\n- ✗ ${one}`).join('')
    return `${this.#reached} of ${all} goals reached.${missed && `\n${missed}`}`
  }
}
