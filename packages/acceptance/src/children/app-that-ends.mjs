// Runs an app for one login, ignores all promises of the store, and ends. Must neither hang nor crash.
// node app-that-ends.mjs <Express|Koa|Fastify> <bank URL> <close|forget> <options of the store>
import { createServer } from 'node:http'
import { DatabankStore as ExpressStore } from '@sessionbank/express-databank-store'
import { DatabankStore as FastifyStore } from '@sessionbank/fastify-databank-store'
import { DatabankStore as KoaStore } from '@sessionbank/koa-databank-store'
import { openDatabank } from '@sessionbank/session-core'

const [framework, url, ending, options] = process.argv.slice(2)
const secret = 'a secret of at least thirty-two characters'

const starts = {
  async Express(store) {
    const { default: express } = await import('express')
    const { default: session } = await import('express-session')
    const app = express()
    app.use(session({ store, secret, resave: false, saveUninitialized: false, cookie: { maxAge: 60_000 } }))
    app.get('/', (req, res) => {
      req.session.visits = (req.session.visits ?? 0) + 1
      res.send(String(req.session.visits))
    })
    return listen(createServer(app))
  },
  async Koa(store) {
    const { default: Koa } = await import('koa')
    const { default: session } = await import('koa-session')
    const app = new Koa()
    app.keys = [secret]
    app.use(session({ store }, app))
    app.use(async (ctx) => {
      ctx.session.visits = (ctx.session.visits ?? 0) + 1
      ctx.body = String(ctx.session.visits)
    })
    return listen(createServer(app.callback()))
  },
  async Fastify(store) {
    const { default: fastify } = await import('fastify')
    const app = fastify()
    await app.register((await import('@fastify/cookie')).default)
    await app.register((await import('@fastify/session')).default, { store, secret, cookie: { secure: false } })
    app.get('/', async (request) => {
      request.session.visits = (request.session.visits ?? 0) + 1
      return String(request.session.visits)
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
}

async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Calls every method as a framework may: without a callback, and ignoring the promise. */
function callAll(store) {
  const cookie = { originalMaxAge: 60_000, path: '/' }
  const cycle = { cookie }
  cycle.self = cycle
  store.get('nobody')
  store.set('somebody', { cookie })
  store.set('constructor', { cookie })
  store.set('somebody', cycle)
  store.touch?.('somebody', { cookie })
  store.update('somebody', () => Promise.reject(new Error('a change that fails')))
  store.destroy('somebody')
  store.find({})
  store.destroyWhere({ user: 'nobody' })
  store.all()
  store.length()
  store.cleanup()
}

const bank = await openDatabank(url, { retry: 60_000 })
const Store = { Express: ExpressStore, Koa: KoaStore, Fastify: FastifyStore }[framework]
const store = new Store(bank, { cleanupInterval: 3_600_000, ...JSON.parse(options) })
const server = await starts[framework](store)
const origin = `http://127.0.0.1:${server.address().port}`

const first = await fetch(origin)
// express-session sends the head before it saves the session, and the last byte after
await first.text()
const headers = {
  cookie: first.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; '),
}
const second = await (await fetch(origin, { headers })).text()
callAll(store)
await store.length()

server.close()
server.closeAllConnections()
if (ending === 'close') await store.close()
await bank.disconnect()
callAll(store)
console.log(`visits: ${second}`)
