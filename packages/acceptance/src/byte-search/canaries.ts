import { randomBytes } from 'node:crypto'

/** Unique values, by their role in a session. All contain the same stem. */
export class Canaries {
  readonly stem = `cnry${randomBytes(8).toString('hex')}`
  readonly key = `${this.stem}key`
  readonly value = `${this.stem}value`
  readonly blind = `${this.stem}blind`
  readonly indexed = `${this.stem}indexed`
  readonly updated = `${this.stem}updated`
  readonly merged = `${this.stem}merged`
  readonly domain = `${this.stem}.example`
  #sids = 0

  /** Returns a new session id, for frameworks that let the app choose it. */
  readonly newSid = () => `${this.stem}sid${++this.#sids}/+${randomBytes(8).toString('hex')}`

  /** The values that a bank contains if it stores plain ids and sessions. */
  get stored(): Record<string, string> {
    const { key, value, blind, indexed, updated, merged, domain, stem } = this
    return { key, value, blind, indexed, updated, merged, domain, sid: `${stem}sid` }
  }
}
