import cookie from '@fastify/cookie'
import form from '@fastify/formbody'
import session from '@fastify/session'
import { DatabankStore } from '@sessionbank/fastify-databank-store'
import Fastify from 'fastify'
import { devicesOf, endDevice, endOtherDevices, takeNotice } from './account.mjs'
import { demonstrationsOn } from './demonstrations.mjs'
import { refuseForged } from './forgery.mjs'
import { userFrom } from './login-request.mjs'
import { agentFrom } from './page/device-name.mjs'
import { PAGE_HEADERS } from './page/layout.mjs'
import { pagesOf, wantsPage } from './page/pages.mjs'
import { NotFoundError, NotLoggedInError, problemOf } from './problem.mjs'
import { COOKIE, COOKIE_NAME, STORE_OPTIONS } from './session-settings.mjs'
import { countForAll, countHere, visitsOf } from './visits.mjs'

const framework = 'Fastify'

export async function fastifyApp({ bank, secret, sites, gates }) {
  const store = new DatabankStore(bank, STORE_OPTIONS)
  const pages = pagesOf(framework, sites)
  const demonstrations = demonstrationsOn({ framework, sites, gates })
  // The error handler is not called for a URL that the router rejects.
  const app = Fastify({ frameworkErrors: explain })
  app.addHook('onRequest', async ({ method, headers }) => refuseForged(method, headers))
  app.register(cookie)
  app.register(form)
  app.addContentTypeParser('application/json', { parseAs: 'string' }, emptyOrJson(app))
  app.register(session, {
    store,
    secret,
    cookieName: COOKIE_NAME,
    // as in express-session's cookie
    cookiePrefix: 's:',
    cookie: { ...COOKIE },
    saveUninitialized: false,
  })

  app.get('/', async ({ hostname, session }, reply) => {
    const { user, sessionId } = session
    if (!user) return sendPage(reply, pages.login(hostname))
    const notice = takeNotice(session)
    const devices = await devicesOf(store, user, sessionId)
    return sendPage(reply, pages.account(hostname, { user, devices, notice, visits: visitsOf(session) }))
  })

  app.post('/login', async (request, reply) => {
    const user = userFrom(request.body)
    // Changes the session id at login, so that an id known before is useless.
    await request.session.regenerate()
    Object.assign(request.session, { user, framework, agent: agentFrom(request.headers) })
    return answer(request, reply, { user, framework })
  })

  app.post('/logout', async (request, reply) => {
    await request.session.destroy()
    reply.clearCookie(COOKIE_NAME, { path: '/' })
    return answer(request, reply, { user: null, framework })
  })

  app.register(async (members) => {
    members.addHook('preHandler', async ({ session }) => {
      if (!session.user) throw new NotLoggedInError()
    })

    members.get('/me', (request, reply) => {
      return answer(request, reply, { user: request.session.user, visits: visitsOf(request.session), framework })
    })

    members.post('/visit', async (request, reply) => {
      const { body, session } = request
      await gates.pass(body?.gate)
      countHere(session, framework)
      const counted = await store.update(session.sessionId, countForAll)
      if (!counted) throw new NotLoggedInError()
      return answer(request, reply, { user: counted.user, visits: counted.visits, framework })
    })

    members.post('/devices/:handle/logout', async (request, reply) => {
      return tell(request, reply, await endDevice(store, request.session.user, request.params.handle))
    })

    members.post('/devices/logout-others', async (request, reply) => {
      const { user, sessionId } = request.session
      return tell(request, reply, await endOtherDevices(store, user, sessionId))
    })

    members.post('/try/two-requests', async (request, reply) => {
      return tell(request, reply, await demonstrations.twoRequests(request.headers.cookie))
    })

    members.post('/try/late-request', async (request, reply) => {
      return tell(request, reply, await demonstrations.lateRequest(request.session.user))
    })
  })

  app.setNotFoundHandler(async () => {
    throw new NotFoundError()
  })

  app.setErrorHandler(explain)

  function explain(error, request, reply) {
    const problem = problemOf(error)
    reply.code(problem.status)
    if (wantsPage(request.headers)) return sendPage(reply, pages.problem(request.hostname, problem))
    return reply.send({ error: problem.message })
  }

  await app.ready()
  return { server: app.server, store }
}

/** Sends a browser back to the account page, which shows the notice. */
function tell(request, reply, notice) {
  if (wantsPage(request.headers)) request.session.notice = notice
  return answer(request, reply, notice, '/#done')
}

function answer(request, reply, json, page = '/') {
  return wantsPage(request.headers) ? reply.redirect(page, 303) : reply.send(json)
}

function sendPage(reply, page) {
  return reply.headers(PAGE_HEADERS).send(page)
}

/** Accepts JSON requests with an empty body, like Express and Koa. */
function emptyOrJson(app) {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  return (request, body, done) => (body === '' ? done(null, {}) : parseJson(request, body, done))
}
