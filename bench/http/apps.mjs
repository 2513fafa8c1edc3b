import { once } from 'node:events'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { DatabankStore as ExpressStore, openDatabank } from '@sessionbank/express-databank-store'
import { DatabankStore as FastifyStore } from '@sessionbank/fastify-databank-store'
import { DatabankStore as KoaStore } from '@sessionbank/koa-databank-store'
import { RedisStore } from 'connect-redis'
import express from 'express'
import expressSession from 'express-session'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import Koa from 'koa'
import koaSession from 'koa-session'
import { createClient } from 'redis'
import { WITHOUT_TIMEOUT } from '../node-redis.mjs'
import { MAX_AGE, sessionOf } from '../sessions.mjs'

const SECRET = 'a secret of at least thirty-two characters'

/** Stores on Redis, by name. */
export const STORES = {
  sessionbank: (Store, url) => ours(Store, url, { touchAfter: 0 }),
  'sessionbank, default touchAfter': (Store, url) => ours(Store, url, {}),
  'connect-redis': async (_, url) =>
    new RedisStore({ client: await createClient({ url, ...WITHOUT_TIMEOUT }).connect() }),
  "connect-redis with node-redis' own timeout": async (_, url) =>
    new RedisStore({ client: await createClient({ url }).connect() }),
  'plain ioredis store': async (_, url) => plainStore(new Redis(url)),
}

/** The upper limit: a store in the app's own memory. A store outside the process can hardly be faster. */
export const IN_MEMORY = "the framework's own in memory"
STORES[IN_MEMORY] = async (Store) => {
  if (Store === ExpressStore) return new expressSession.MemoryStore()
  // @fastify/session creates its own store if it gets none.
  return Store === FastifyStore ? undefined : mapStore()
}

function mapStore() {
  const texts = new Map()
  return {
    get: async (key) => texts.has(key) && JSON.parse(texts.get(key)),
    set: async (key, session) => texts.set(key, JSON.stringify(session)),
    destroy: async (key) => texts.delete(key),
  }
}

async function ours(Store, url, options) {
  return new Store(await openDatabank(url), options)
}

/** Returns a store as shown in the documentation of koa-session. */
function plainStore(redis) {
  return {
    get: (key) => redis.get(key).then((text) => JSON.parse(text)),
    set: (key, session, maxAge) => redis.set(key, JSON.stringify(session), 'PX', maxAge),
    destroy: (key) => redis.del(key),
  }
}

/** Apps with their framework's default settings for sessions. Each returns the port that it listens on. */
export const APPS = {
  async express(makeStore) {
    const store = await makeStore(ExpressStore)
    const app = express()
    const cookie = { maxAge: MAX_AGE }
    app.use(expressSession({ store, secret: SECRET, cookie, resave: false, saveUninitialized: false }))
    for (const [path, route] of Object.entries(ROUTES)) app.get(path, (req, res) => res.send(route(req.session)))
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server.address().port
  },

  async fastify(makeStore) {
    const store = await makeStore(FastifyStore)
    const app = Fastify()
    const cookie = { secure: false, maxAge: MAX_AGE }
    app.register(fastifyCookie)
    app.register(fastifySession, { store, secret: SECRET, cookie, saveUninitialized: false })
    for (const [path, route] of Object.entries(ROUTES)) app.get(path, async (request) => route(request.session))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server.address().port
  },

  async koa(makeStore) {
    const store = await makeStore(KoaStore)
    const app = new Koa()
    app.keys = [SECRET]
    app.use(koaSession({ store, maxAge: MAX_AGE }, app))
    app.use((ctx) => {
      ctx.body = ROUTES[ctx.path](ctx.session)
    })
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server.address().port
  },
}

const ROUTES = {
  '/login': (session) => {
    const { cookie: _, ...data } = sessionOf(1)
    Object.assign(session, data)
    return 'logged in'
  },
  '/read': (session) => session.user.name,
  '/write': (session) => {
    session.visits++
    return String(session.visits)
  },
}
