import type { Bank } from '../src/index.ts'

type Callback = (error: Error | null, value?: unknown) => void

/** A third party's databank in memory: has only databank's own calls, and answers each in a later tick. */
export class PlainBank {
  /** JSON texts by id. */
  readonly #values = new Map<string, string>()
  #held: Promise<void> | undefined

  /** The bank as a store uses it. */
  get bank(): Bank {
    return this as unknown as Bank
  }

  /** Delays the next save until the returned function is called. */
  holdNextSave(): () => void {
    let release = () => {}
    this.#held = new Promise((resolve) => {
      release = resolve
    })
    return release
  }

  read(_type: string, id: string, callback: Callback): void {
    process.nextTick(() => {
      const text = this.#values.get(id)
      if (text === undefined) callback(noSuchThing())
      else callback(null, JSON.parse(text))
    })
  }

  save(_type: string, id: string, value: unknown, callback: Callback): void {
    const text = JSON.stringify(value)
    const save = () => {
      this.#values.set(id, text)
      callback(null, value)
    }
    if (this.#held) this.#held.then(save)
    else process.nextTick(save)
    this.#held = undefined
  }

  del(_type: string, id: string, callback: Callback): void {
    process.nextTick(() => callback(this.#values.delete(id) ? null : noSuchThing()))
  }

  scan(_type: string, onValue: (value: unknown) => void, callback: Callback): void {
    process.nextTick(() => {
      for (const text of [...this.#values.values()]) onValue(JSON.parse(text))
      callback(null)
    })
  }
}

function noSuchThing(): Error {
  return Object.assign(new Error('no such thing'), { name: 'NoSuchThingError' })
}
