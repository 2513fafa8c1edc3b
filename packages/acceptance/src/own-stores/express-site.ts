import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabankStore } from '@sessionbank/express-databank-store'
import express, { type ErrorRequestHandler, type Request } from 'express'
import session from 'express-session'
import { signed } from '../apps/cookie-signature.ts'
import { ask, SECRET, type Site, STORE_OPTIONS, type TwinFramework } from './site.ts'
import { collect, perform, type VisitedSession } from './visit.ts'

/** express-session's own store, with its untyped field. */
type MemoryStore = session.MemoryStore & { sessions: Record<string, string> }

export const expressSite: TwinFramework = {
  name: 'Express',
  title: 'Express',
  times: ['expires', 'maxAge', 'originalMaxAge'],
  abilities: ['touch', 'save', 'reload', 'regenerate', 'logout'],
  variants: [{}, { rolling: true }, { resave: true }, { saveUninitialized: true }],
  storedTimes: ['expires', 'originalMaxAge', 'maxAge'],

  async start(keeping, { session: options = {}, times = {} }): Promise<Site> {
    const store = keeping === 'own store' ? new session.MemoryStore() : new DatabankStore(keeping.bank, STORE_OPTIONS)
    const app = express()
    const settings = { store, name: 'sid', secret: SECRET, cookie: { ...times } as session.CookieOptions }
    app.use(session({ resave: false, saveUninitialized: false, ...settings, ...options }))
    app.get('/', async (req, res) => {
      res.json(await perform(sessionOf(req), collect(req.query.ticket)))
    })
    const onError: ErrorRequestHandler = (_error, _req, res, _next) => {
      if (res.headersSent) return
      try {
        res.status(500).json('failed')
      } finally {
        // express-session ends a response only once: if that failed, no response would ever be sent
        if (!res.headersSent) res.socket?.destroy()
      }
    }
    app.use(onError)
    const server: Server = app.listen(0, '127.0.0.1')
    await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return {
      visit: (ticket, cookie) => ask(url, ticket, cookie),
      async plant(sid, cookie) {
        const record = { cookie: { httpOnly: true, path: '/', ...cookie }, user: 'planted', sid }
        if (keeping === 'own store') (store as MemoryStore).sessions[sid] = JSON.stringify(record)
        else await new Promise((resolve) => keeping.bank.save('session', sid, record, resolve))
        return `sid=${encodeURIComponent(`s:${signed(sid, SECRET)}`)}`
      },
      async close() {
        const closed = new Promise((resolve) => server.close(resolve))
        server.closeAllConnections()
        await closed
      },
    }
  },
}

function sessionOf(req: Request): VisitedSession {
  const call = (method: 'save' | 'reload' | 'regenerate' | 'destroy') =>
    new Promise<void>((resolve, reject) => req.session[method]((error) => (error ? reject(error) : resolve())))
  return {
    get data() {
      return req.session as unknown as Record<string, unknown>
    },
    get expires() {
      return req.session.cookie.expires
    },
    setTime(name, value) {
      Object.assign(req.session.cookie, { [name]: value })
    },
    touch() {
      req.session.touch()
    },
    save: () => call('save'),
    reload: () => call('reload'),
    regenerate: () => call('regenerate'),
    logout: () => call('destroy'),
  }
}
