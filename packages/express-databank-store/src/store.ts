import { type Bank, type SessionData, SessionStore } from '@sessionbank/session-core'
import {
  type FoundCallback,
  Link,
  optionsFrom,
  privateSlot,
  type SavedSession,
  type StoreArguments,
  withAge,
  withStoreMethods,
} from '@sessionbank/session-core/adapter'
import * as session from 'express-session'
import type { DeclaredData, ExpressSession } from './declared-data.ts'

type Done = (error?: unknown) => void
// biome-ignore lint/suspicious/noExplicitAny: the overloads have the exact types
type Found = (error: unknown, session?: any) => void
/** The type of a callback in express-session's own types. */
type ExpressCallback = Parameters<session.Store['get']>[1]

/** Own properties of express-session's Session. Like its methods, they cannot be keys of a session. */
const OWN_PROPERTIES = new Set(['req', 'id'])

/** The methods of express-session's Store that the framework uses. */
interface ExpressMethods {
  /** Creates express-session's Session from a result of `get`. */
  createSession(...args: Parameters<session.Store['createSession']>): ReturnType<session.Store['createSession']>
  /** Loads a session as express-session's Session. */
  load(...args: Parameters<session.Store['load']>): void
  /** Ends the session of a request and starts one with a new id. */
  regenerate(...args: Parameters<session.Store['regenerate']>): void
}

/**
 * A store for express-session on any databank.
 *
 * Its events are StoreEvents. `Data` is the type of the app's own keys in a session; default: the keys that the app
 * declares in express-session's `SessionData`.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import session from 'express-session'
 *
 * const store = new DatabankStore(await openDatabank('disk:./sessions'))
 * const app = express()
 * app.use(session({ store, secret: 'change me', resave: false, saveUninitialized: false }))
 * ```
 */
export class DatabankStore<Data extends object = DeclaredData> extends withStoreMethods<ExpressMethods>(
  session.Store,
)<Data> {
  /** The schema to pass to `Databank.get(driver, {schema})`. */
  static readonly schema = {
    /** The default type of a store; see the option `type`. */
    session: {
      /** The field that holds the id in databank. */
      pkey: 'sid',
    },
  }

  /** The store that all frameworks share, on which this one is built. */
  readonly sessions: SessionStore<Data>
  readonly #links = privateSlot<Link>()

  /**
   * @param bank a databank 1.x; connect it before the first request
   * @param options see StoreOptions; or connect-databank's `log, cleanup`
   * @throws InvalidOptionError naming the invalid option
   */
  constructor(bank: Bank, ...options: StoreArguments<Data>) {
    super()
    this.sessions = new SessionStore(bank, optionsFrom(options), {
      component: 'express-databank-store',
      emitter: this,
      isReservedKey: (key) => OWN_PROPERTIES.has(key) || key in session.Session.prototype,
      showCookie: withAge,
    })
  }

  /** Returns the session; null if there is no live one. */
  get(sid: string): Promise<SessionData<Data> | null>
  get(sid: string, callback: FoundCallback<Data>): void
  get(sid: string, callback: ExpressCallback): void
  get(sid: string, callback?: Found) {
    return this.sessions.answer(this.#get(sid), callback)
  }

  #get(sid: string): Promise<SessionData<Data> | null> {
    const link = new Link()
    return this.sessions.load(sid, link).then((found) => {
      if (found) this.#links.set(found, link)
      return found
    })
  }

  /** Saves the changes of this request, or a new session. Changes by other requests are kept. */
  set(sid: string, session: SavedSession<Data> | ExpressSession): Promise<void>
  set(sid: string, session: SavedSession<Data> | ExpressSession, callback: Done): void
  set(sid: string, session: object, callback?: Done) {
    return this.sessions.answer(this.sessions.save(sid, session, this.#linkOf(session)), callback)
  }

  /** Extends the session's expiry as its cookie says, and leaves its content alone. */
  touch(sid: string, session: object): Promise<void>
  touch(sid: string, session: object, callback: Done): void
  touch(sid: string, session: object, callback?: Done) {
    return this.sessions.answer(this.sessions.touch(sid, session, this.#links.get(session)), callback)
  }

  /** Ends the session. Does nothing if there is none. */
  destroy(sid: string): Promise<void>
  destroy(sid: string, callback: Done): void
  destroy(sid: string, callback?: Done) {
    return this.sessions.answer(this.sessions.destroy(sid), callback)
  }

  /** Passes the link on to the Session that express-session creates from a result of `get`. */
  override createSession(req: Parameters<session.Store['createSession']>[0], found: session.SessionData) {
    const link = this.#links.get(found)
    const created = super.createSession(req, found)
    if (link) this.#links.set(created, link)
    return created
  }

  #linkOf(session: object): Link | undefined {
    if (typeof session !== 'object' || session === null) return undefined
    let link = this.#links.get(session)
    if (!link) {
      link = new Link()
      this.#links.set(session, link)
    }
    return link
  }
}
