import type { AddressInfo } from 'node:net'
import { DatabankStore } from '@sessionbank/express-databank-store'
import express, { type ErrorRequestHandler, type Request } from 'express'
import session from 'express-session'
import { type App, DAY, describeError, type Framework, SECRET, type StartOptions, storeOptions } from './app.ts'
import { closeServer } from './close-server.ts'
import { signed } from './cookie-signature.ts'
import { perform, type RequestSession } from './routes.ts'

export const expressFramework: Framework = {
  name: 'Express',
  title: 'Express',
  variants: [
    { name: 'resave', session: { resave: true } },
    { name: 'rolling', session: { rolling: true } },
    { name: 'resave and rolling', session: { resave: true, rolling: true } },
  ],
  saveUninitialized: { saveUninitialized: true },
  touches: true,
  hasReload: true,

  start: (options) =>
    startExpress(options, new DatabankStore(options.bank, storeOptions(options.store, options.protection))),
}

/** Starts the app on any store of express-session. */
export async function startExpress(
  { maxAge = DAY, secret = SECRET, sharedCookie, session: options, routes }: StartOptions,
  store: DatabankStore,
): Promise<App> {
  const name = sharedCookie ? 'sid' : 'connect.sid'
  const cookie = maxAge === null ? {} : { maxAge }
  const app = express()
  app.use(session({ store, name, secret, cookie, resave: false, saveUninitialized: false, ...options }))
  app.get('/:route', async (req, res) => {
    res.json(await perform(req.params.route, req.query.input, sessionOf(req), routes))
  })
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    // express-session reports a failed save after it has begun to respond
    if (!res.headersSent) res.status(500).json({ error: describeError(error) })
  }
  app.use(onError)
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    cookieFor: (sid) => `${name}=${encodeURIComponent(`s:${signed(sid, secret)}`)}`,
    close: () => closeServer(server, store),
  }
}

function sessionOf(req: Request): RequestSession {
  const call = (method: 'save' | 'reload' | 'regenerate' | 'destroy') =>
    new Promise<void>((resolve, reject) => req.session[method]((error) => (error ? reject(error) : resolve())))
  return {
    get data() {
      return req.session as unknown as Record<string, unknown>
    },
    get sid() {
      return req.sessionID
    },
    get expires() {
      // a record of an older store may have 0 or false
      return req.session.cookie.expires || null
    },
    remember(maxAge) {
      req.session.cookie.maxAge = maxAge
    },
    save: () => call('save'),
    reload: () => call('reload'),
    regenerate: () => call('regenerate'),
    logout: () => call('destroy'),
  }
}
