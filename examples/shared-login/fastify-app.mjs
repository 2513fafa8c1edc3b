import cookie from '@fastify/cookie'
import form from '@fastify/formbody'
import session from '@fastify/session'
import { DatabankStore } from '@sessionbank/fastify-databank-store'
import Fastify from 'fastify'
import { userFrom } from './login-request.mjs'
import { wantsPage } from './page.mjs'
import { NOT_FOUND, NOT_LOGGED_IN, problemOf } from './problem.mjs'
import { COOKIE, COOKIE_NAME } from './session-cookie.mjs'
import { countVisit } from './visits.mjs'

const framework = 'Fastify'

export async function fastifyApp({ bank, secret, renderPage }) {
  const store = new DatabankStore(bank)
  const app = Fastify()
  app.register(cookie)
  app.register(form)
  app.addContentTypeParser('application/json', { parseAs: 'string' }, emptyOrJson(app))
  app.register(session, {
    store,
    secret,
    cookieName: COOKIE_NAME,
    // express-session's form of the cookie
    cookiePrefix: 's:',
    cookie: { ...COOKIE },
    saveUninitialized: false,
  })

  app.get('/', (request, reply) => sendPage(request, reply))

  app.post('/login', async (request, reply) => {
    const user = userFrom(request.body)
    // A new id at login: nobody who knew the old one is logged in with it.
    await request.session.regenerate()
    Object.assign(request.session, { user, visits: 0 })
    return answer(request, reply, { user, visits: 0, framework })
  })

  app.get('/me', async ({ session }, reply) => {
    const counted = session.user && (await store.update(session.sessionId, countVisit))
    if (!counted) return reply.code(401).send(NOT_LOGGED_IN)
    return { user: counted.user, visits: counted.visits, framework }
  })

  app.post('/logout', async (request, reply) => {
    await request.session.destroy()
    reply.clearCookie(COOKIE_NAME, { path: '/' })
    return answer(request, reply, { user: null, framework })
  })

  app.setNotFoundHandler((_request, reply) => reply.code(404).send(NOT_FOUND))

  app.setErrorHandler((error, request, reply) => {
    const { status, message } = problemOf(error)
    reply.code(status)
    return wantsPage(request.headers) ? sendPage(request, reply, message) : reply.send({ error: message })
  })

  function sendPage({ hostname, session }, reply, problem) {
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8')
    return reply.send(renderPage({ framework, hostname, session, problem }))
  }

  await app.ready()
  return { server: app.server, store }
}

function answer(request, reply, json) {
  return wantsPage(request.headers) ? reply.redirect('/', 303) : reply.send(json)
}

/** As with Express and Koa, a request may say that it is JSON and have no body. */
function emptyOrJson(app) {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  return (request, body, done) => (body === '' ? done(null, {}) : parseJson(request, body, done))
}
