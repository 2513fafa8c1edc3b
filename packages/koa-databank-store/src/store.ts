import { EventEmitter } from 'node:events'
import { type Bank, type SessionCookie, SessionStore } from '@sessionbank/session-core'
import {
  isWhole,
  Link,
  optionsFrom,
  privateSlot,
  type StoreArguments,
  withStoreMethods,
} from '@sessionbank/session-core/adapter'
import type { DeclaredData } from './declared-data.ts'
import {
  type CookieAttributes,
  cookieFrom,
  type FixedEnd,
  fixedEndOf,
  isSessionCookie,
  type KoaSession,
  withFixedEnd,
  withKoaTimes,
} from './translate.ts'

/** The part of Koa's context that the store uses. */
export interface KoaContext {
  sessionOptions?: CookieAttributes & { maxAge?: number | 'session' | undefined }
}

/** The context of a session, which koa-session passes to the store. koa-session 6 has other types for it. */
interface Request {
  ctx?: KoaContext
  rolling?: boolean | undefined
}

/** Members of koa-session's Session objects. A session cannot hold keys of these names. */
const RESERVED_KEYS = new Set([
  '__proto__',
  'commit',
  'constructor',
  'externalKey',
  'isNew',
  'length',
  'manuallyCommit',
  'maxAge',
  'populated',
  'regenerate',
  'save',
  'toJSON',
])

/**
 * A store for koa-session on any databank.
 *
 * Its events are StoreEvents. `Data` is the type of the app's own keys in a session; default: the keys that the app
 * declares in koa-session's `Session`.
 *
 * @example
 * ```ts
 * import Koa from 'koa'
 * import session from 'koa-session'
 *
 * const store = new DatabankStore(await openDatabank('disk:./sessions'))
 * const app = new Koa()
 * app.keys = ['change me']
 * app.use(session({ store }, app))
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
  /** By context, because koa-session creates a new session object for each save. */
  readonly #links = privateSlot<Ties>()

  /**
   * @param bank a databank 1.x; connect it before the first request
   * @param options see StoreOptions; or connect-databank's `log, cleanup`
   * @throws InvalidOptionError naming the invalid option
   */
  constructor(bank: Bank, ...options: StoreArguments<Data>) {
    super()
    this.sessions = new SessionStore(bank, optionsFrom(options), {
      component: 'koa-databank-store',
      emitter: this,
      isReservedKey: (key) => key.startsWith('_') || RESERVED_KEYS.has(key),
    })
  }

  /** Returns the session in koa-session's form, with `_expire` and `_maxAge` or `_session`; null if there is none. */
  get(key: string, _maxAge?: number | 'session', request: Request = {}): Promise<KoaSession<Data> | null> {
    return this.sessions.answer(this.#get(key, request.ctx), undefined) as Promise<KoaSession<Data> | null>
  }

  async #get(key: string, ctx: KoaContext | undefined): Promise<KoaSession | null> {
    const tie: Tie = { link: new Link(), cookie: null }
    const session = await this.sessions.load(key, tie.link)
    if (!session) return null
    tie.cookie = session.cookie
    const fixed = fixedEndOf(session.cookie, Date.now())
    if (ctx) this.#remember(ctx, key, tie, fixed)
    return withKoaTimes(session, fixed)
  }

  /** Saves the changes of this request, or a new session. Changes by other requests are kept. */
  set(
    key: string,
    session: KoaSession<Partial<Data>>,
    _maxAge?: number | 'session',
    request: Request = {},
  ): Promise<void> {
    return this.sessions.answer(this.#set(key, session, request.ctx), undefined) as Promise<void>
  }

  async #set(key: string, session: KoaSession, ctx: KoaContext | undefined): Promise<void> {
    const tie = this.#tieOf(key, ctx)
    // After the first save in a request, koa-session forgets that the session has a session cookie.
    const isStillSessionCookie = isSessionCookie(tie.cookie) && ctx?.sessionOptions?.maxAge === undefined
    const timed = isStillSessionCookie
      ? { ...session, _maxAge: null, _expire: null }
      : withFixedEnd(session, this.#fixedEndOf(ctx))
    const saved = cookieFrom(timed, attributesOf(tie.cookie, ctx?.sessionOptions))
    tie.cookie = saved.cookie
    await this.sessions.save(key, saved, tie.link)
  }

  /** Ends the session. Does nothing if there is none. */
  destroy(key: string, request: Request = {}): Promise<void> {
    return this.sessions.answer(this.#destroy(key, request.ctx), undefined) as Promise<void>
  }

  /** Ends the session. Drops saves that begin meanwhile. Later, the request may start a new session with this key. */
  async #destroy(key: string, ctx: KoaContext | undefined): Promise<void> {
    if (!ctx) return this.sessions.destroy(key)
    const { link } = this.#tieOf(key, ctx)
    link.markGone(key)
    try {
      await this.sessions.destroy(key)
    } finally {
      this.#tiesOf(ctx).delete(key)
    }
  }

  #tieOf(key: string, ctx: KoaContext | undefined): Tie {
    const ties = ctx ? this.#tiesOf(ctx) : new Map<string, Tie>()
    let tie = ties.get(key)
    if (!tie) {
      tie = { link: new Link(), cookie: null }
      ties.set(key, tie)
    }
    return tie
  }

  #remember(ctx: KoaContext, key: string, tie: Tie, fixed: FixedEnd | null): void {
    const ties = this.#tiesOf(ctx)
    ties.set(key, tie)
    if (fixed) ties.fixed = fixed
  }

  /** Returns the fixed expiry of the request's loaded session, also for a session that was regenerated from it. */
  #fixedEndOf(ctx: KoaContext | undefined): FixedEnd | null {
    return (ctx && this.#links.get(ctx)?.fixed) ?? null
  }

  #tiesOf(ctx: KoaContext): Ties {
    let ties = this.#links.get(ctx)
    if (!ties) {
      ties = new Ties()
      this.#links.set(ctx, ties)
    }
    return ties
  }
}

/** The sessions of a request, by key. */
class Ties extends Map<string, Tie> {
  /** The fixed expiry of the loaded session. koa-session gets the remaining age instead, also when it regenerates. */
  fixed: FixedEnd | null = null
}

/** Returns the attributes of a session's cookie: those of the loaded cookie, completed from koa-session's options. */
function attributesOf(cookie: SessionCookie | null, options: CookieAttributes = {}): CookieAttributes {
  if (!cookie) return options
  return isWhole(cookie) ? cookie : { ...options, ...cookie }
}

/** The link and the cookie of a request's session. koa-session shows the app only the times of the cookie. */
interface Tie {
  link: Link
  cookie: SessionCookie | null
}
