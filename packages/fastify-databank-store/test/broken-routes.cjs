// A server whose routes break the reply, or throw in the callbacks of their session. Sends its port and each warning of
// the process to its parent. Uses this store or @fastify/session's own.
const Fastify = require('fastify')
const cookie = require('@fastify/cookie')
const session = require('@fastify/session')
const { DatabankStore, openDatabank } = require('@sessionbank/fastify-databank-store')

const [, , kind] = process.argv
const METHODS = ['save', 'regenerate', 'reload', 'destroy']

process.on('warning', ({ message, detail }) => process.send({ warning: message, detail }))

async function serve() {
  const app = Fastify()
  const store = kind === 'ours' ? new DatabankStore(await openDatabank('memory:')) : new session.MemoryStore()
  app.register(cookie)
  app.register(session, { store, secret: 's'.repeat(32), saveUninitialized: false, cookie: { secure: false } })
  app.register(async (routes) => {
    addRepliesThatFail(routes)
    addCallbacksThatThrow(routes)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  process.send({ port: app.server.address().port })
}

function addRepliesThatFail(app) {
  const change = (request) => {
    request.session.n = (request.session.n ?? 0) + 1
  }
  app.get('/login', async (request) => {
    request.session.n = 1
    return 'in'
  })
  app.get('/n', async (request) => ({ n: request.session.n }))
  app.get('/no-return', async (request, reply) => {
    change(request)
    reply.send('a')
  })
  app.get('/no-return-while-reading', async (_request, reply) => {
    reply.send('a')
  })
  app.get('/no-return-after-save', async (request, reply) => {
    change(request)
    await request.session.save()
    reply.send('a')
  })
  app.get('/sent-twice', (request, reply) => {
    change(request)
    reply.send('a')
    reply.send('b')
  })
  app.get('/sent-and-returned', async (request, reply) => {
    change(request)
    reply.send('a')
    return 'b'
  })
  app.get('/invalid-header', async (request, reply) => {
    change(request)
    reply.header('x-name', 'two\nlines')
    return 'a'
  })
  app.get('/invalid-payload', (request, reply) => {
    change(request)
    reply.type('text/plain').send({ not: 'text' })
  })
  app.get(
    '/hook-that-goes-on-twice',
    { preHandler: (_request, _reply, done) => [done(), done()] },
    (request, reply) => {
      change(request)
      reply.send('a')
    },
  )
  const cookies = { domain: 'a;b', path: '/;x', sameSite: 'never', maxAge: Number.NaN }
  for (const [name, value] of Object.entries(cookies)) {
    app.get(`/cookie-${name}`, async (request) => {
      request.session.cookie[name] = value
      change(request)
      return 'a'
    })
  }
}

function addCallbacksThatThrow(app) {
  const calls = {}
  app.get('/calls', async (request) => calls[request.query.of])
  for (const method of METHODS) {
    app.get(`/awaited-${method}`, async (request) => {
      await request.session[method]()
      throw new Error(`after ${method}`)
    })
    app.get(`/told-${method}`, (request, reply) => {
      request.session[method]((error) => {
        if (error) return reply.code(500).send(error)
        throw new Error(`thrown after ${method}`)
      })
    })
    app.get(`/deaf-${method}`, (request) => {
      calls[method] = []
      request.session[method]((error) => {
        calls[method].push(error?.message ?? null)
        throw new Error(`thrown after ${method}`)
      })
    })
    app.get(`/null-${method}`, (request) => {
      request.session[method](() => {
        throw null
      })
    })
  }
}

serve()
