/** Returns a Markdown table. */
export function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** How often goals were reached, and which were not. */
export class Goals {
  #reached = 0
  #missed = []
  #isJudged

  /** @param isJudged false if there were too few rounds to judge by */
  constructor(isJudged = true) {
    this.#isJudged = isJudged
  }

  /**
   * Notes whether a figure reaches its goal, and returns it with the goal and ✓ or ✗. It is judged as it is shown.
   *
   * @param goal a number; undefined: there is none
   * @param isEnough compares the figure with the goal; by default it is to be as great
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

  /** Returns the summary as Markdown; nothing if there was no goal. */
  summary() {
    const all = this.#reached + this.#missed.length
    if (all === 0) return ''
    const missed = this.#missed.map((one) => `\n- ✗ ${one}`).join('')
    return `${this.#reached} of ${all} goals reached.${missed && `\n${missed}`}`
  }
}
