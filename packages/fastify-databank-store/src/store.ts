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
// biome-ignore lint/suspicious/noExplicitAny: the overloads have the exact types
type Found = (error: unknown, session?: any) => void
/** The type of the callback of `get` and `set` in @fastify/session's own types. */
type FastifyCallback = Parameters<framework.SessionStore['get']>[1]
type FastifySession = Parameters<framework.SessionStore['set']>[1]

/** Members of @fastify/session's Session. A session cannot hold keys of these names. */
const RESERVED_KEYS = new Set([
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
 * A store for @fastify/session on any databank.
 *
 * Its events are StoreEvents. `Data` is the type of the app's own keys in a session; default: the keys that the app
 * declares in fastify's `Session`.
 *
 * @example
 * ```ts
 * import cookie from '@fastify/cookie'
 * import session from '@fastify/session'
 * import Fastify from 'fastify'
 *
 * const store = new DatabankStore(await openDatabank('disk:./sessions'))
 * const app = Fastify()
 * await app.register(cookie)
 * await app.register(session, { store, secret: 'change me: at least 32 characters long', saveUninitialized: false })
 * ```
 */
export class DatabankStore<Data extends object = DeclaredData> extends withStoreMethods(EventEmitter)<Data> {
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
   * @throws IncompatibleFrameworkError if the store does not work with the installed version of @fastify/session
   */
  constructor(bank: Bank, ...options: StoreArguments<Data>) {
    super()
    assertFrameworkKeepsLinks()
    this.sessions = new SessionStore(bank, optionsFrom(options), {
      component: 'fastify-databank-store',
      emitter: this,
      isReservedKey: (key) => RESERVED_KEYS.has(key),
      showCookie: withWritableEnd,
    })
  }

  /** Returns the session; null if there is no live one. */
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
   * Saves the changes of this request, or a new session. Changes by other requests are kept. (@fastify/session has no
   * touch: it also calls `set` for a session that is only `rolling`, and then only the expiry is extended.)
   *
   * The callback sends the reply. If it throws, it is called again with that error, so that @fastify/session fails the
   * request, as it does for a store that calls back synchronously.
   */
  set(sid: string, session: SavedSession<Data> | FastifySession): Promise<void>
  set(sid: string, session: SavedSession<Data> | FastifySession, callback: Done): void
  set(sid: string, session: object, callback?: Done) {
    const link = this.#linkOf(sid, session)
    const saved = this.sessions.save(sid, link ? withCookieWhole(session) : session, link)
    return this.sessions.answer(saved, typeof callback === 'function' ? withOwnError(callback) : callback)
  }

  /** Ends the session. Does nothing if there is none. */
  destroy(sid: string): Promise<void>
  destroy(sid: string, callback: Done): void
  destroy(sid: string, callback?: Done) {
    return this.sessions.answer(this.sessions.destroy(sid), callback)
  }

  /**
   * Returns the link of a session. A loaded session has one already. A new one gets its link at its first save, and so
   * does a regenerated one, which carries the link of the session that it replaces.
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

/** Returns a callback that is called again with its own error if it throws after a success. */
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
 * Returns the session that is passed with an error. `reload` creates an empty Session even after an error, and would
 * save it in place of the one that could not be read.
 */
function unusable(sid: string): SessionData {
  const link = new Link()
  link.markGone(sid)
  return { cookie: withLink({}, link) }
}
