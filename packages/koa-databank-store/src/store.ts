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
  isOfTheBrowser,
  type KoaSession,
  withFixedEnd,
  withKoaTimes,
} from './translate.ts'

/** The part of Koa's context that the store uses. */
export interface KoaContext {
  sessionOptions?: CookieAttributes & { maxAge?: number | 'session' | undefined }
}

/** What koa-session hands over beside a session; its types name other parts of it in version 6. */
interface Request {
  ctx?: KoaContext
  rolling?: boolean | undefined
}

/** What koa-session's Session objects are made of: a session cannot hold keys named so. */
const WITHHELD = new Set([
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
 * A store for koa-session over any databank.
 *
 * Its events are StoreEvents. `Data` are the app's own keys in a session; default: those that it declares in koa-session's
 * `Session`.
 *
 * @example
 * app.use(session({ store: new DatabankStore(await openDatabank('disk:./sessions')) }, app))
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
  /** koa-session makes a new object for each save; what stays the same through a request is its context. */
  readonly #links = privateSlot<Ties>()

  /**
   * @param bank a databank 1.x; connect it before the first request
   * @param options see StoreOptions; or connect-databank's `log, cleanup`
   * @throws InvalidOptionError naming what is wrong
   */
  constructor(bank: Bank, ...options: StoreArguments<Data>) {
    super()
    this.sessions = new SessionStore(bank, optionsFrom(options), {
      component: 'koa-databank-store',
      emitter: this,
      isReservedKey: (key) => key.startsWith('_') || WITHHELD.has(key),
    })
  }

  /** The session as koa-session keeps it, with `_expire` and `_maxAge` or `_session`; null where there is none. */
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

  /** Saves what was changed in the session, new or not; what other requests changed meanwhile stays. */
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
    // koa-session forgets that a session is one of the browser when it has saved it once in a request.
    const isForgotten = isOfTheBrowser(tie.cookie) && ctx?.sessionOptions?.maxAge === undefined
    const timed = isForgotten
      ? { ...session, _maxAge: null, _expire: null }
      : withFixedEnd(session, this.#fixedEndOf(ctx))
    const saved = cookieFrom(timed, attributesOf(tie.cookie, ctx?.sessionOptions))
    tie.cookie = saved.cookie
    await this.sessions.save(key, saved, tie.link)
  }

  /** Ends the session, there or not. */
  destroy(key: string, request: Request = {}): Promise<void> {
    return this.sessions.answer(this.#destroy(key, request.ctx), undefined) as Promise<void>
  }

  /** A save that comes while the session is being ended ends with it; afterwards the request may begin a new one. */
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

  /** The fixed end of the session that the request came with. A regenerated one, under a new key, keeps it. */
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

/** The sessions of a request by their keys. */
class Ties extends Map<string, Tie> {
  /** koa-session works with the age that is left, and takes it over to a session that it regenerates. */
  fixed: FixedEnd | null = null
}

/** A session's own attributes: the loaded cookie's if it says all of them, else completed from koa-session's options. */
function attributesOf(cookie: SessionCookie | null, options: CookieAttributes = {}): CookieAttributes {
  if (!cookie) return options
  return isWhole(cookie) ? cookie : { ...options, ...cookie }
}

/** The link of a request's session, and the cookie that it has: koa-session shows the app only its times. */
interface Tie {
  link: Link
  cookie: SessionCookie | null
}
