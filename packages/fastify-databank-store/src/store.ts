import { EventEmitter } from 'node:events'
import type * as framework from '@fastify/session'
import { type Bank, type SessionData, SessionStore } from '@sessionbank/session-core'
import {
  type FoundCallback,
  Link,
  optionsFrom,
  privateSlot,
  type SavedSession,
  type StoreArguments,
  toError,
  withStoreMethods,
} from '@sessionbank/session-core/adapter'
import type { DeclaredData } from './declared-data.ts'
import { assertFrameworkKeepsLinks } from './framework-check.ts'
import { attachedLink, attachLinkToSession, withCookieWhole, withLink, withWritableEnd } from './session-link.ts'

type Done = (error?: unknown) => void
// biome-ignore lint/suspicious/noExplicitAny: what a caller is shown is said by the overloads
type Found = (error: unknown, session?: any) => void
/** What @fastify/session's own types call `get` and `set` with. */
type FastifyCallback = Parameters<framework.SessionStore['get']>[1]
type FastifySession = Parameters<framework.SessionStore['set']>[1]

/** The methods of @fastify/session's Session: a session cannot hold keys named so. */
const WITHHELD = new Set([
  '__proto__',
  'constructor',
  'destroy',
  'encryptedSessionId',
  'get',
  'isModified',
  'isSaved',
  'options',
  'regenerate',
  'reload',
  'save',
  'sessionId',
  'set',
  'touch',
])

/**
 * A store for @fastify/session over any databank.
 *
 * Its events are StoreEvents. `Data` are the app's own keys in a session; default: those that it declares in fastify's
 * `Session`.
 *
 * @example
 * app.register(fastifySession, { store: new DatabankStore(await openDatabank('disk:./sessions')), secret })
 */
export class DatabankStore<Data extends object = DeclaredData> extends withStoreMethods(EventEmitter)<Data> {
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
   * @throws IncompatibleFrameworkError where this @fastify/session does not work with the store
   */
  constructor(bank: Bank, ...options: StoreArguments<Data>) {
    super()
    assertFrameworkKeepsLinks()
    this.sessions = new SessionStore(bank, optionsFrom(options), {
      component: 'fastify-databank-store',
      emitter: this,
      isReservedKey: (key) => WITHHELD.has(key),
      showCookie: withWritableEnd,
    })
  }

  /** The session; null where there is none that lives. */
  get(sid: string): Promise<SessionData<Data> | null>
  get(sid: string, callback: FoundCallback<Data>): void
  get(sid: string, callback: FastifyCallback): void
  get(sid: string, callback?: Found) {
    const found = this.#get(sid)
    if (typeof callback !== 'function') return this.sessions.answer(found, callback)
    return this.sessions.answer(found, (error, session) => callback(error, error ? unusable(sid) : session))
  }

  async #get(sid: string): Promise<SessionData<Data> | null> {
    const link = new Link()
    const session = await this.sessions.load(sid, link)
    if (session) session.cookie = withLink(session.cookie, link)
    return session
  }

  /**
   * Saves what was changed in the session, new or not; what other requests changed meanwhile stays. (@fastify/session has
   * no touch: a session that is only `rolling` comes here too, and nothing but its expiry is moved.)
   *
   * The callback goes on to send the reply. If it throws, it is called again with that error: @fastify/session then fails
   * the request, as it does if a store calls back synchronously.
   */
  set(sid: string, session: SavedSession<Data> | FastifySession): Promise<void>
  set(sid: string, session: SavedSession<Data> | FastifySession, callback: Done): void
  set(sid: string, session: object, callback?: Done) {
    const link = this.#linkOf(sid, session)
    const saved = this.sessions.save(sid, link ? withCookieWhole(session) : session, link)
    return this.sessions.answer(saved, typeof callback === 'function' ? withOwnError(callback) : callback)
  }

  /** Ends the session, there or not. */
  destroy(sid: string): Promise<void>
  destroy(sid: string, callback: Done): void
  destroy(sid: string, callback?: Done) {
    return this.sessions.answer(this.sessions.destroy(sid), callback)
  }

  /**
   * A session that was loaded brought its link along; a new one is given its link at its first save, and so is a
   * regenerated one, which brings the link of the session that it replaces.
   */
  #linkOf(sid: string, session: object): Link | undefined {
    if (typeof session !== 'object' || session === null) return undefined
    let link = this.#links.get(session)
    if (!link) {
      const attached = attachedLink(session)
      link = attached?.isOf(sid) ? attached : new Link()
      if (link !== attached) attachLinkToSession(session, link)
      this.#links.set(session, link)
    }
    return link
  }
}

/** Calls the callback a second time, with what it throws when it is told of success. */
function withOwnError(callback: Done): Done {
  return (error) => {
    if (error) return callback(error)
    try {
      return callback(error)
    } catch (thrown) {
      return callback(toError(thrown))
    }
  }
}

/**
 * What comes with an error. `reload` makes an empty Session even then, and would save it in place of the one that it could
 * not read.
 */
function unusable(sid: string): SessionData {
  const link = new Link()
  link.markGone(sid)
  return { cookie: withLink({}, link) }
}
