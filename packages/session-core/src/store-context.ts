import { Deadlines, OperationQueue, type Records } from '@sessionbank/databank-kit'
import type { AdapterOptions } from './adapter-options.ts'
import { assertBank, type Bank, recordsOf } from './bank.ts'
import type { SessionName, StoreEmitter } from './events.ts'
import { abandonedWrite, explainFailure } from './explain-bank-error.ts'
import { sessionHandle } from './handle.ts'
import { StoreLog } from './log.ts'
import type { IsReservedKey } from './merge.ts'
import { type Settings, type StoreOptions, settingsFrom } from './options.ts'
import { Preference } from './preference.ts'
import { Reporter } from './reporter.ts'
import { Seal } from './seal.ts'
import type { ShowCookie } from './shown-cookie.ts'
import { StoredIds } from './stored-ids.ts'
import { Tracer } from './tracing.ts'

/** The dependencies that the parts of a store share. */
export interface StoreContext {
  bank: Bank
  /** The bank's records of the store's type. */
  records: Records
  settings: Settings
  now(): number
  isReserved: IsReservedKey | undefined
  showCookie: ShowCookie | undefined
  log: StoreLog | null
  reporter: Reporter
  preference: Preference
  tracer: Tracer
  /** Returns how logs and events name a session. */
  nameOf(sid: string): SessionName
  ids: StoredIds
  /** Null if sessions are not encrypted. */
  seal: Seal | null
  /** The indexed fields. */
  readonly indices: readonly string[]
  deadlines: Deadlines
  /** The operations of each session, one after another. */
  queue: OperationQueue
}

/**
 * Creates the dependencies of a store.
 *
 * @param emitter emits the events, unless the adapter has its own emitter
 * @throws InvalidOptionError if an option is unknown or out of range, or if the bank is not a databank
 */
export function storeContext(
  bank: Bank,
  options: StoreOptions,
  adapter: AdapterOptions,
  emitter: StoreEmitter,
): StoreContext {
  assertBank(bank)
  const settings = settingsFrom(options)
  const { type, timeout, hashIds, encryption } = settings
  // Looks up `Date.now` at each call, because tests of an app may fake it before or after the store is made.
  const now = adapter.now ?? (() => Date.now())
  const log = settings.log && new StoreLog(settings.log, adapter.component, settings.logContents)
  const ids = new StoredIds(hashIds)
  const records = recordsOf(bank, type, { timeout, now })
  const reporter = new Reporter(adapter.emitter ?? emitter, log, adapter.component)
  return {
    bank,
    records,
    settings,
    now,
    isReserved: adapter.isReservedKey,
    showCookie: adapter.showCookie,
    log,
    reporter,
    preference: new Preference(bank, type),
    tracer: new Tracer(type, bank),
    nameOf: settings.logContents && hashIds === false ? withSid : withoutSid,
    ids,
    // Read at each access, because the app may complete the bank's schema later, or pass a wrapper that lacks the
    // schema.
    get indices() {
      return records.indices ?? bank.schema?.[type]?.indices ?? []
    },
    seal: encryption && new Seal(type, encryption),
    deadlines: new Deadlines(timeout),
    queue: new OperationQueue({ explain: explainFailure, abandoned: () => reporter.report(abandonedWrite()) }),
  }
}

function withoutSid(sid: string): SessionName {
  return { handle: sessionHandle(sid) }
}

function withSid(sid: string): SessionName {
  return { handle: sessionHandle(sid), sid }
}
