import { randomUUID } from 'node:crypto'

/**
 * Where demonstrations hold requests between loading a session and saving it, so that requests overlap in the order that is
 * to be shown, on a fast machine and on a slow one. The three servers share them.
 */
export class Gates {
  #closed = new Map()

  /**
   * Makes a closed gate.
   *
   * @param {number} expected how many requests have come to it when `reached` resolves
   */
  close(expected) {
    const name = randomUUID()
    const gate = { missing: expected }
    const reached = new Promise((resolve) => {
      gate.arrived = resolve
    })
    gate.opened = new Promise((resolve) => {
      gate.open = resolve
    })
    this.#closed.set(name, gate)
    const open = () => {
      this.#closed.delete(name)
      gate.open()
    }
    return { name, reached, open }
  }

  /** Waits until the gate is open; a request without the name of a closed gate goes on at once. */
  async pass(name) {
    const gate = this.#closed.get(name)
    if (!gate) return
    gate.missing--
    if (gate.missing === 0) gate.arrived()
    await gate.opened
  }
}
