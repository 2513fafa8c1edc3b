import { randomUUID } from 'node:crypto'

/**
 * Gates at which demonstrations hold requests between loading and saving a session, so that requests overlap in a fixed
 * order on any machine. The three servers share them.
 */
export class Gates {
  #closed = new Map()

  /**
   * Creates a closed gate.
   *
   * @param {number} expected `reached` resolves when this many requests have reached the gate
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

  /** Waits until the gate is open. Does not wait if there is no closed gate with this name. */
  async pass(name) {
    const gate = this.#closed.get(name)
    if (!gate) return
    gate.missing--
    if (gate.missing === 0) gate.arrived()
    await gate.opened
  }
}
