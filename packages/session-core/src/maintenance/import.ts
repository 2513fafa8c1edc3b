import { isLive } from '@sessionbank/databank-kit'
import type { Bank } from '../bank.ts'
import { InvalidSessionError } from '../errors.ts'
import { expiryOf } from '../expiry.ts'
import { explained } from '../explain-bank-error.ts'
import type { StoreOptions } from '../options.ts'
import { assertSessionId } from '../session-id.ts'
import { recordText } from '../session-record.ts'
import { snapshot } from '../snapshot.ts'
import { assertStorable } from '../storable.ts'
import { settingsOf } from '../ttl.ts'
import { type Maintained, maintained } from './maintained.ts'

/** A session as another store keeps it. */
export interface ForeignSession {
  /** The session id in the cookie. */
  sid: string
  /** The app's keys and the cookie. */
  session: object
  /**
   * Expiry in that store, in ms since the epoch; null: never; undefined: calculated from now, by the cookie or else by
   * `ttl`.
   */
  expires: number | null | undefined
}

/** `kept`: the bank already has that session; `dead`: it has expired. */
export type ImportOutcome = 'written' | 'kept' | 'dead'

/** Writes sessions of another store into a bank in the form of a store with these options. */
export class SessionImport {
  readonly #sessions: Maintained

  /** @throws InvalidOptionError for the same reasons as a store */
  constructor(bank: Bank, options: StoreOptions = {}) {
    this.#sessions = maintained(bank, options)
  }

  /**
   * Writes a session if the bank has none with that id.
   *
   * @throws InvalidSessionIdError, InvalidSessionError or SessionTooLargeError if no store would accept it
   * @throws SessionbankError if the bank fails
   */
  async add({ sid, session, expires: given }: ForeignSession): Promise<ImportOutcome> {
    assertSessionId(sid)
    const { ids, now, records, settings } = this.#sessions.context
    const { data, cookie } = snapshot(session)
    const policy = () => settingsOf(settings, cookie, () => data)
    const expires = given === undefined ? expiryOf(cookie, null, now(), policy()) : given
    if (expires !== null && !Number.isFinite(expires))
      throw new InvalidSessionError('the expiry of the session is not a valid time')
    if (!isLive(expires, now())) return 'dead'
    const older = ids.olderIdOf(sid)
    if (older !== null && (await explained(records.read(older)))) return 'kept'
    const id = ids.idOf(sid)
    const text = recordText(id, data, cookie, null)
    assertStorable(text, settings.maxBytes)
    const record = { id, text, created: null, version: null }
    const revision = await explained(this.#sessions.writes.write(record, { expires, ifRevision: null }))
    return revision === null ? 'kept' : 'written'
  }
}
