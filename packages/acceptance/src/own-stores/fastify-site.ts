import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { DatabankStore } from '@sessionbank/fastify-databank-store'
import fastify, { type FastifyRequest } from 'fastify'
import { signed } from '../apps/cookie-signature.ts'
import { SECRET, type Site, STORE_OPTIONS, type TwinFramework } from './site.ts'
import { collect, perform, type VisitedSession } from './visit.ts'

/** Stores JSON like a store outside the process, because @fastify/session's own store keeps live objects in its map. */
class JsonMap extends Map {
  override get(key: string): unknown {
    const json = super.get(key)
    return json && JSON.parse(json)
  }

  override set(key: string, session: object): this {
    return super.set(key, JSON.stringify(session))
  }
}

export const fastifySite: TwinFramework = {
  name: 'Fastify',
  title: 'Fastify',
  times: ['expires', 'maxAge', 'originalMaxAge'],
  abilities: ['touch', 'save', 'reload', 'regenerate', 'logout'],
  variants: [{}, { rolling: false }, { saveUninitialized: true }],
  storedTimes: ['expires', 'originalMaxAge', 'maxAge'],

  async start(keeping, { session: options = {}, times = {} }): Promise<Site> {
    const sessions = new JsonMap()
    const own = () =>
      new (fastifySession as unknown as { MemoryStore: new (map: object) => never }).MemoryStore(sessions)
    const store = keeping === 'own store' ? own() : new DatabankStore(keeping.bank, STORE_OPTIONS)
    const app = fastify()
    await app.register(fastifyCookie)
    const cookie = { secure: false, ...times } as never
    const settings = { store, secret: SECRET, cookieName: 'sid', cookie, saveUninitialized: false }
    await app.register(fastifySession, { ...settings, ...options })
    app.setErrorHandler((_error, _request, reply) => reply.status(500).send('"failed"'))
    app.get<{ Querystring: { ticket: string } }>('/', async (request, reply) => {
      const report = await perform(sessionOf(request), collect(request.query.ticket))
      return reply.type('application/json').send(JSON.stringify(report))
    })
    await app.ready()
    return {
      async visit(ticket, cookie) {
        const answer = await app.inject({ url: '/', query: { ticket }, headers: cookie ? { cookie } : {} })
        const setCookies = [answer.headers['set-cookie'] ?? []].flat()
        return { status: answer.statusCode, body: JSON.parse(answer.body), setCookies }
      },
      async plant(sid, times) {
        const record = { cookie: { ...times }, user: 'planted', sid }
        if (keeping === 'own store') sessions.set(sid, record)
        else await new Promise((resolve) => keeping.bank.save('session', sid, record, resolve))
        return `sid=${encodeURIComponent(signed(sid, SECRET))}`
      },
      close: () => app.close(),
    }
  },
}

function sessionOf(request: FastifyRequest): VisitedSession {
  return {
    get data() {
      return request.session as unknown as Record<string, unknown>
    },
    get expires() {
      return request.session.cookie.expires
    },
    setTime(name, value) {
      Object.assign(request.session.cookie, { [name]: value })
    },
    touch() {
      request.session.touch()
    },
    save: () => request.session.save(),
    reload: () => request.session.reload(),
    regenerate: () => request.session.regenerate(),
    logout: () => request.session.destroy(),
  }
}
