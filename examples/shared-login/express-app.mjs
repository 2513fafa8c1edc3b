import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { DatabankStore } from '@sessionbank/express-databank-store'
import express from 'express'
import session from 'express-session'
import { userFrom } from './login-request.mjs'
import { wantsPage } from './page.mjs'
import { NOT_FOUND, NOT_LOGGED_IN, problemOf } from './problem.mjs'
import { COOKIE, COOKIE_NAME } from './session-cookie.mjs'
import { countVisit } from './visits.mjs'

const framework = 'Express'

export async function expressApp({ bank, secret, renderPage }) {
  const store = new DatabankStore(bank)
  const app = express()
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

  app.get('/', (req, res) => {
    sendPage(req, res)
  })

  app.post('/login', express.json(), express.urlencoded(), async (req, res) => {
    const user = userFrom(req.body)
    // A new id at login: nobody who knew the old one is logged in with it.
    await promisify(req.session.regenerate).call(req.session)
    Object.assign(req.session, { user, visits: 0 })
    await promisify(req.session.save).call(req.session)
    answer(req, res, { user, visits: 0, framework })
  })

  app.get('/me', async (req, res) => {
    const counted = req.session.user && (await store.update(req.sessionID, countVisit))
    if (!counted) return res.status(401).json(NOT_LOGGED_IN)
    res.json({ user: counted.user, visits: counted.visits, framework })
  })

  app.post('/logout', async (req, res) => {
    await promisify(req.session.destroy).call(req.session)
    const { maxAge: _, ...attributes } = COOKIE
    res.clearCookie(COOKIE_NAME, attributes)
    answer(req, res, { user: null, framework })
  })

  app.use((_req, res) => {
    res.status(404).json(NOT_FOUND)
  })

  app.use((error, req, res, _next) => {
    const { status, message } = problemOf(error)
    res.status(status)
    if (wantsPage(req.headers)) sendPage(req, res, message)
    else res.json({ error: message })
  })

  function sendPage({ hostname, session }, res, problem) {
    res.set('cache-control', 'no-store').type('html').send(renderPage({ framework, hostname, session, problem }))
  }

  return { server: createServer(app), store }
}

function answer(req, res, json) {
  if (wantsPage(req.headers)) res.redirect(303, '/')
  else res.json(json)
}
