/** Makes requests wait until the test opens it, so that concurrent requests run in a fixed order, without sleeping. */
export class Gate {
  readonly name: string
  readonly #opened: Promise<void>
  #open!: () => void
  #arrived = 0
  #watchers: { count: number; resolve: () => void }[] = []

  constructor(name: string) {
    this.name = name
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  /** Called by a request. Waits until the gate is open. */
  pass(): Promise<void> {
    this.#arrived++
    for (const { count, resolve } of this.#watchers) if (this.#arrived >= count) resolve()
    return this.#opened
  }

  /** Resolves when `count` requests have reached the gate. */
  reached(count = 1): Promise<void> {
    if (this.#arrived >= count) return Promise.resolve()
    return new Promise((resolve) => this.#watchers.push({ count, resolve }))
  }

  open(): void {
    this.#open()
  }
}

const gates = new Map<string, Gate>()

/** Returns a closed gate. Requests name it in their input: `{gate: gate.name}`. */
export function newGate(): Gate {
  const gate = new Gate(`gate-${gates.size}`)
  gates.set(gate.name, gate)
  return gate
}

export function gateNamed(name: string): Gate {
  const gate = gates.get(name)
  if (!gate) throw new Error(`there is no gate "${name}"`)
  return gate
}
