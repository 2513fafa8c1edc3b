import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabankStore, externalKey } from '@sessionbank/koa-databank-store'
import Koa, { type Context } from 'koa'
import { createSession } from 'koa-session'
import { DAY, describeError, type Framework, SECRET, storeOptions } from './app.ts'
import { closeServer } from './close-server.ts'
import { koaSignature, signed } from './cookie-signature.ts'
import { perform, type RequestSession } from './routes.ts'

/** The part of koa-session's Session that the app uses. */
interface KoaSession extends Record<string, unknown> {
  externalKey: string
  maxAge: number
  save(): Promise<void>
  regenerate(): Promise<void>
  manuallyCommit(): Promise<void>
}

/** Koa 2 with koa-session 6, as in older apps. Neither has types. */
const koa2: typeof Koa = require('koa-2')
const createSession6: typeof createSession = require('koa-session-6')

export const koaFramework = koaWith('Koa', Koa, createSession)
export const koaSession6Framework = koaWith('Koa 2 and koa-session 6', koa2, createSession6)

function koaWith(title: string, KoaClass: typeof Koa, middleware: typeof createSession): Framework {
  return {
    name: 'Koa',
    title,
    variants: [
      { name: 'rolling', session: { rolling: true } },
      { name: 'renew', session: { renew: true } },
      { name: 'autoCommit: false', session: { autoCommit: false } },
    ],
    saveUninitialized: null,
    touches: false,
    hasReload: false,

    async start({ bank, store: options, protection, maxAge = DAY, secret = SECRET, sharedCookie, session, routes }) {
      const store = new DatabankStore(bank, storeOptions(options, protection))
      const key = 'koa.sess'
      const app = new KoaClass()
      app.keys = [secret].flat()
      app.silent = true
      const cookie = sharedCookie ? externalKey({ secret, name: 'sid' }) : { key }
      const settings = { store, ...cookie, maxAge: maxAge ?? 'session', ...session }
      app.use(async (ctx, next) => {
        try {
          await next()
        } catch (error) {
          ctx.status = 500
          ctx.body = { error: describeError(error) }
        }
      })
      app.use(middleware(settings as never, app))
      app.use(async (ctx) => {
        const { session } = ctx as unknown as { session: KoaSession }
        ctx.body = await perform(ctx.path.slice(1), ctx.query.input, sessionOf(ctx), routes)
        if ((settings as { autoCommit?: boolean }).autoCommit === false) await session.manuallyCommit()
      })
      const server: Server = app.listen(0, '127.0.0.1')
      await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
      return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        store,
        cookieFor(sid) {
          if (sharedCookie) return `sid=${encodeURIComponent(`s:${signed(sid, secret)}`)}`
          // koa-session does not decode values, so a colon must not be encoded.
          const value = encodeURIComponent(sid).replaceAll('%3A', ':')
          return `${key}=${value}; ${key}.sig=${koaSignature(key, value, secret)}`
        },
        close: () => closeServer(server, store),
      }
    },
  }
}

function sessionOf(ctx: Context): RequestSession {
  const current = () => (ctx as unknown as { session: KoaSession }).session
  return {
    get data() {
      return current()
    },
    get sid() {
      return current().externalKey
    },
    get expires() {
      const { _expire } = current()
      return typeof _expire === 'number' ? new Date(_expire) : null
    },
    remember(maxAge) {
      current().maxAge = maxAge
    },
    save: () => current().save(),
    reload: () => Promise.reject(new Error('koa-session has no reload')),
    regenerate: () => current().regenerate(),
    async logout() {
      ;(ctx as unknown as { session: null }).session = null
    },
  }
}
