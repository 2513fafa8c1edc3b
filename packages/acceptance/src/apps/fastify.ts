import type { AddressInfo } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { DatabankStore } from '@sessionbank/fastify-databank-store'
import fastify, { type FastifyRequest } from 'fastify'
import { DAY, describeError, type Framework, SECRET, storeOptions } from './app.ts'
import { signed } from './cookie-signature.ts'
import { perform, type RequestSession } from './routes.ts'

export const fastifyFramework: Framework = {
  name: 'Fastify',
  title: 'Fastify',
  variants: [
    { name: 'rolling: false', session: { rolling: false } },
    { name: 'saveUninitialized', session: { saveUninitialized: true } },
    { name: 'rolling: false and saveUninitialized', session: { rolling: false, saveUninitialized: true } },
  ],
  saveUninitialized: { saveUninitialized: true },
  touches: true,
  hasReload: true,

  async start({ bank, store: options, protection, maxAge = DAY, secret = SECRET, sharedCookie, session, routes }) {
    const store = new DatabankStore(bank, storeOptions(options, protection))
    const cookieName = sharedCookie ? 'sid' : 'sessionId'
    const cookiePrefix = sharedCookie ? 's:' : ''
    const cookie = maxAge === null ? { secure: false } : { secure: false, maxAge }
    const app = fastify({ forceCloseConnections: true })
    await app.register(fastifyCookie)
    const settings = { store, secret, cookieName, cookiePrefix, cookie, saveUninitialized: false, ...session }
    await app.register(fastifySession, settings)
    app.setErrorHandler((error, _request, reply) => reply.status(500).send({ error: describeError(error) }))
    app.get<{ Params: { route: string }; Querystring: { input?: string } }>('/:route', (request) =>
      perform(request.params.route, request.query.input, sessionOf(request), routes),
    )
    await app.listen({ port: 0, host: '127.0.0.1' })
    return {
      url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
      store,
      cookieFor: (sid) => `${cookieName}=${encodeURIComponent(cookiePrefix + signed(sid, secret))}`,
      async close() {
        await app.close()
        await store.close()
      },
    }
  },
}

function sessionOf(request: FastifyRequest): RequestSession {
  return {
    get data() {
      return request.session as unknown as Record<string, unknown>
    },
    get sid() {
      return request.session.sessionId
    },
    get expires() {
      const { originalExpires, expires } = request.session.cookie as { originalExpires?: Date; expires?: Date }
      return originalExpires ?? expires ?? null
    },
    remember(maxAge) {
      request.session.cookie.maxAge = maxAge
    },
    save: () => request.session.save(),
    reload: () => request.session.reload(),
    regenerate: () => request.session.regenerate(),
    logout: () => request.session.destroy(),
  }
}
