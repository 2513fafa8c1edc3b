import { createServer } from 'node:http'
import { bodyParser } from '@koa/bodyparser'
import { DatabankStore, externalKey } from '@sessionbank/koa-databank-store'
import Koa from 'koa'
import session from 'koa-session'
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

const framework = 'Koa'
const DEVICE_LOGOUT = /^\/devices\/([^/]+)\/logout$/

export async function koaApp({ bank, secret, sites, gates }) {
  const store = new DatabankStore(bank, STORE_OPTIONS)
  const pages = pagesOf(framework, sites)
  const demonstrations = demonstrationsOn({ framework, sites, gates })
  const parseBody = bodyParser()
  const app = new Koa()
  app.use(explainProblems)
  app.use((ctx, next) => {
    refuseForged(ctx.method, ctx.headers)
    return next()
  })
  app.use(session({ store, ...COOKIE, rolling: true, ...externalKey({ secret, name: COOKIE_NAME }) }, app))

  const open = {
    async 'GET /'(ctx) {
      const { user, externalKey: sid } = ctx.session
      if (!user) return sendPage(ctx, pages.login(ctx.hostname))
      const notice = takeNotice(ctx.session)
      const devices = await devicesOf(store, user, sid)
      sendPage(ctx, pages.account(ctx.hostname, { user, devices, notice, visits: visitsOf(ctx.session) }))
    },

    async 'POST /login'(ctx) {
      await parseBody(ctx, async () => {})
      const user = userFrom(ctx.request.body)
      ctx.session = { user, framework, agent: agentFrom(ctx.headers) }
      // Changes the session id at login, so that an id known before is useless.
      await ctx.session.regenerate()
      answer(ctx, { user, framework })
    },

    'POST /logout'(ctx) {
      ctx.session = null
      answer(ctx, { user: null, framework })
    },
  }

  const members = {
    'GET /me'(ctx) {
      answer(ctx, { user: ctx.session.user, visits: visitsOf(ctx.session), framework })
    },

    async 'POST /visit'(ctx) {
      await parseBody(ctx, async () => {})
      await gates.pass(ctx.request.body?.gate)
      countHere(ctx.session, framework)
      const counted = await store.update(ctx.session.externalKey, countForAll)
      if (!counted) throw new NotLoggedInError()
      answer(ctx, { user: counted.user, visits: counted.visits, framework })
    },

    async 'POST /devices/:handle/logout'(ctx, handle) {
      tell(ctx, await endDevice(store, ctx.session.user, handle))
    },

    async 'POST /devices/logout-others'(ctx) {
      tell(ctx, await endOtherDevices(store, ctx.session.user, ctx.session.externalKey))
    },

    async 'POST /try/two-requests'(ctx) {
      tell(ctx, await demonstrations.twoRequests(ctx.headers.cookie))
    },

    async 'POST /try/late-request'(ctx) {
      tell(ctx, await demonstrations.lateRequest(ctx.session.user))
    },
  }

  app.use((ctx) => {
    const [, handle] = DEVICE_LOGOUT.exec(ctx.path) ?? []
    const path = handle ? '/devices/:handle/logout' : ctx.path
    const route = `${ctx.method === 'HEAD' ? 'GET' : ctx.method} ${path}`
    if (Object.hasOwn(open, route)) return open[route](ctx)
    if (!Object.hasOwn(members, route)) throw new NotFoundError()
    if (!ctx.session.user) throw new NotLoggedInError()
    return members[route](ctx, handle)
  })

  async function explainProblems(ctx, next) {
    try {
      await next()
    } catch (error) {
      const problem = problemOf(error)
      if (wantsPage(ctx.headers)) sendPage(ctx, pages.problem(ctx.hostname, problem))
      else ctx.body = { error: problem.message }
      ctx.status = problem.status
    }
  }

  return { server: createServer(app.callback()), store }
}

/** Sends a browser back to the account page, which shows the notice. */
function tell(ctx, notice) {
  if (wantsPage(ctx.headers)) ctx.session.notice = notice
  answer(ctx, notice, '/#done')
}

function answer(ctx, json, page = '/') {
  if (!wantsPage(ctx.headers)) {
    ctx.body = json
    return
  }
  ctx.redirect(page)
  ctx.status = 303
}

function sendPage(ctx, page) {
  ctx.set(PAGE_HEADERS)
  ctx.body = page
}
