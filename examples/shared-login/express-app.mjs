import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { DatabankStore } from '@sessionbank/express-databank-store'
import express from 'express'
import session from 'express-session'
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

const framework = 'Express'

export async function expressApp({ bank, secret, sites, gates }) {
  const store = new DatabankStore(bank, STORE_OPTIONS)
  const pages = pagesOf(framework, sites)
  const demonstrations = demonstrationsOn({ framework, sites, gates })
  const app = express()
  app.use((req, _res, next) => {
    refuseForged(req.method, req.headers)
    next()
  })
  app.use(
    session({
      store,
      secret,
      name: COOKIE_NAME,
      cookie: COOKIE,
      resave: false,
      saveUninitialized: false,
      rolling: true,
    }),
  )

  app.get('/', async ({ hostname, session, sessionID }, res) => {
    const { user } = session
    if (!user) return sendPage(res, pages.login(hostname))
    const notice = takeNotice(session)
    const devices = await devicesOf(store, user, sessionID)
    sendPage(res, pages.account(hostname, { user, devices, notice, visits: visitsOf(session) }))
  })

  app.post('/login', express.json(), express.urlencoded(), async (req, res) => {
    const user = userFrom(req.body)
    // Changes the session id at login, so that an id known before is useless.
    await promisify(req.session.regenerate).call(req.session)
    Object.assign(req.session, { user, framework, agent: agentFrom(req.headers) })
    await promisify(req.session.save).call(req.session)
    answer(req, res, { user, framework })
  })

  app.post('/logout', async (req, res) => {
    await promisify(req.session.destroy).call(req.session)
    const { maxAge: _, ...attributes } = COOKIE
    res.clearCookie(COOKIE_NAME, attributes)
    answer(req, res, { user: null, framework })
  })

  app.get('/me', loggedIn, (req, res) => {
    answer(req, res, { user: req.session.user, visits: visitsOf(req.session), framework })
  })

  app.post('/visit', loggedIn, express.json(), async (req, res) => {
    await gates.pass(req.body?.gate)
    countHere(req.session, framework)
    const counted = await store.update(req.sessionID, countForAll)
    if (!counted) throw new NotLoggedInError()
    answer(req, res, { user: counted.user, visits: counted.visits, framework })
  })

  app.post('/devices/:handle/logout', loggedIn, async (req, res) => {
    await tell(req, res, await endDevice(store, req.session.user, req.params.handle))
  })

  app.post('/devices/logout-others', loggedIn, async (req, res) => {
    await tell(req, res, await endOtherDevices(store, req.session.user, req.sessionID))
  })

  app.post('/try/two-requests', loggedIn, async (req, res) => {
    await tell(req, res, await demonstrations.twoRequests(req.headers.cookie))
  })

  app.post('/try/late-request', loggedIn, async (req, res) => {
    await tell(req, res, await demonstrations.lateRequest(req.session.user))
  })

  app.use(() => {
    throw new NotFoundError()
  })

  app.use((error, req, res, _next) => {
    const problem = problemOf(error)
    res.status(problem.status)
    if (wantsPage(req.headers)) sendPage(res, pages.problem(req.hostname, problem))
    else res.json({ error: problem.message })
  })

  return { server: createServer(app), store }
}

function loggedIn(req, _res, next) {
  if (!req.session.user) throw new NotLoggedInError()
  next()
}

/** Sends a browser back to the account page, which shows the notice. */
async function tell(req, res, notice) {
  if (wantsPage(req.headers)) {
    req.session.notice = notice
    // express-session sends the headers before it has saved, so the next request could come before the save.
    await promisify(req.session.save).call(req.session)
  }
  answer(req, res, notice, '/#done')
}

function answer(req, res, json, page = '/') {
  if (wantsPage(req.headers)) res.redirect(303, page)
  else res.json(json)
}

function sendPage(res, page) {
  res.set(PAGE_HEADERS).send(page)
}
