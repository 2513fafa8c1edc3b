import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabankStore } from '@sessionbank/koa-databank-store'
import Koa, { type Context } from 'koa'
import { createSession } from 'koa-session'
import { ask, type Site, STORE_OPTIONS, type TwinFramework } from './site.ts'
import { collect, perform, type VisitedSession } from './visit.ts'

interface KoaSession extends Record<string, unknown> {
  _expire?: number
  maxAge: unknown
  save(): Promise<void>
  regenerate(): Promise<void>
}

/** A store of JSON in a map, because koa-session has no own store. */
class MapStore {
  readonly #sessions = new Map<string, string>()

  async get(key: string): Promise<unknown> {
    const json = this.#sessions.get(key)
    return json && JSON.parse(json)
  }

  async set(key: string, session: object): Promise<void> {
    this.#sessions.set(key, JSON.stringify(session))
  }

  async destroy(key: string): Promise<void> {
    this.#sessions.delete(key)
  }
}

/** Koa 2 with koa-session 6. Neither has types. */
const koa2: typeof Koa = require('koa-2')
const createSession6: typeof createSession = require('koa-session-6')

export const koaSite = siteWith('Koa', Koa, createSession)
export const koaSession6Site = siteWith('Koa 2 and koa-session 6', koa2, createSession6)

function siteWith(title: string, KoaClass: typeof Koa, middleware: typeof createSession): TwinFramework {
  return {
    name: 'Koa',
    title,
    times: ['maxAge'],
    abilities: ['save', 'regenerate', 'logout'],
    variants: [{}, { rolling: true }, { renew: true }],
    storedTimes: ['_expire', '_maxAge'],

    async start(keeping, { session: options = {}, times = {} }): Promise<Site> {
      const store = keeping === 'own store' ? new MapStore() : new DatabankStore(keeping.bank, STORE_OPTIONS)
      const app = new KoaClass()
      app.silent = true
      app.use(async (ctx, next) => {
        try {
          await next()
        } catch {
          ctx.status = 500
          ctx.body = '"failed"'
        }
      })
      app.use(middleware({ store, key: 'sid', signed: false, ...times, ...options } as never, app))
      app.use(async (ctx) => {
        ctx.body = JSON.stringify(await perform(sessionOf(ctx), collect(ctx.query.ticket)))
      })
      const server: Server = app.listen(0, '127.0.0.1')
      await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      return {
        visit: (ticket, cookie) => ask(url, ticket, cookie),
        async plant(sid, times) {
          await store.set(sid, { user: 'planted', ...times })
          return `sid=${sid}`
        },
        async close() {
          const closed = new Promise((resolve) => server.close(resolve))
          server.closeAllConnections()
          await closed
        },
      }
    },
  }
}

function sessionOf(ctx: Context): VisitedSession {
  const current = () => (ctx as unknown as { session: KoaSession }).session
  const cannot = () => {
    throw new Error('koa-session cannot do that')
  }
  return {
    get data() {
      return current()
    },
    get expires() {
      const { _expire } = current()
      return typeof _expire === 'number' ? new Date(_expire) : null
    },
    setTime(_name, value) {
      current().maxAge = value
    },
    touch: cannot,
    save: () => current().save(),
    reload: cannot,
    regenerate: () => current().regenerate(),
    async logout() {
      ;(ctx as unknown as { session: null }).session = null
    },
  }
}
