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
// biome-ignore lint/suspicious/noExplicitAny: what a caller is shown is said by the overloads
type Found = (error: unknown, session?: any) => void
/** The callback of express-session's own types. */
type ExpressCallback = Parameters<session.Store['get']>[1]

/** Own properties of express-session's Session objects, and what they inherit: a session cannot hold keys named so. */
const OWN_PROPERTIES = new Set(['req', 'id'])

/** What express-session's Store has of its own. */
interface ExpressMethods {
  /** Makes express-session’s Session of what `get` gave. */
  createSession(...args: Parameters<session.Store['createSession']>): ReturnType<session.Store['createSession']>
  /** Loads a session and makes express-session’s Session of it. */
  load(...args: Parameters<session.Store['load']>): void
  /** Ends the session of a request and begins one with a new id. */
  regenerate(...args: Parameters<session.Store['regenerate']>): void
}

/**
 * A store for express-session over any databank.
 *
 * Its events are StoreEvents. `Data` are the app's own keys in a session; default: those that it declares in
 * express-session's `SessionData`.
 *
 * @example
 * app.use(session({ store: new DatabankStore(await openDatabank('disk:./sessions')), secret, resave: false, saveUninitialized: false }))
 */
export class DatabankStore<Data extends object = DeclaredData> extends withStoreMethods<ExpressMethods>(
  session.Store,
)<Data> {
  /** For `Databank.get(driver, {schema})`. */
  static readonly schema = {
    /** The type that a store uses unless the option `type` says another. */
    session: {
      /** The field that databank takes for the id. */
      pkey: 'sid',
    },
  }

  /** The framework-neutral store behind this one. */
  readonly sessions: SessionStore<Data>
  readonly #links = privateSlot<Link>()

  /**
   * @param bank a databank 1.x; connect it before the first request
   * @param options see StoreOptions; or connect-databank's `log, cleanup`
   * @throws InvalidOptionError naming what is wrong
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

  /** The session; null where there is none that lives. */
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

  /** Saves what was changed in the session, new or not; what other requests changed meanwhile stays. */
  set(sid: string, session: SavedSession<Data> | ExpressSession): Promise<void>
  set(sid: string, session: SavedSession<Data> | ExpressSession, callback: Done): void
  set(sid: string, session: object, callback?: Done) {
    return this.sessions.answer(this.sessions.save(sid, session, this.#linkOf(session)), callback)
  }

  /** Moves the session's expiry to its cookie's; its content stays as it is. */
  touch(sid: string, session: object): Promise<void>
  touch(sid: string, session: object, callback: Done): void
  touch(sid: string, session: object, callback?: Done) {
    return this.sessions.answer(this.sessions.touch(sid, session, this.#links.get(session)), callback)
  }

  /** Ends the session, there or not. */
  destroy(sid: string): Promise<void>
  destroy(sid: string, callback: Done): void
  destroy(sid: string, callback?: Done) {
    return this.sessions.answer(this.sessions.destroy(sid), callback)
  }

  /** express-session makes its Session from what `get` gave: the link goes over to it. */
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
