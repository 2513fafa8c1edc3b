import { createServer } from 'node:http'
import { bodyParser } from '@koa/bodyparser'
import { DatabankStore, externalKey } from '@sessionbank/koa-databank-store'
import Koa from 'koa'
import session from 'koa-session'
import { userFrom } from './login-request.mjs'
import { wantsPage } from './page.mjs'
import { NOT_FOUND, NOT_LOGGED_IN, problemOf } from './problem.mjs'
import { COOKIE, COOKIE_NAME } from './session-cookie.mjs'
import { countVisit } from './visits.mjs'

const framework = 'Koa'

export async function koaApp({ bank, secret, renderPage }) {
  const store = new DatabankStore(bank)
  const app = new Koa()
  app.use(explainProblems)
  app.use(session({ store, ...COOKIE, rolling: true, ...externalKey({ secret, name: COOKIE_NAME }) }, app))

  const parseBody = bodyParser()
  const routes = {
    'GET /': (ctx) => sendPage(ctx),

    async 'POST /login'(ctx) {
      await parseBody(ctx, async () => {})
      const user = userFrom(ctx.request.body)
      ctx.session = { user, visits: 0 }
      // A new id at login: nobody who knew the old one is logged in with it.
      await ctx.session.regenerate()
      answer(ctx, { user, visits: 0, framework })
    },

    async 'GET /me'(ctx) {
      const { user, externalKey: sid } = ctx.session
      const counted = user && (await store.update(sid, countVisit))
      ctx.status = counted ? 200 : 401
      ctx.body = counted ? { user: counted.user, visits: counted.visits, framework } : NOT_LOGGED_IN
    },

    'POST /logout'(ctx) {
      ctx.session = null
      answer(ctx, { user: null, framework })
    },
  }

  app.use(async (ctx) => {
    const route = `${ctx.method === 'HEAD' ? 'GET' : ctx.method} ${ctx.path}`
    if (Object.hasOwn(routes, route)) return routes[route](ctx)
    ctx.status = 404
    ctx.body = NOT_FOUND
  })

  async function explainProblems(ctx, next) {
    try {
      await next()
    } catch (error) {
      const { status, message } = problemOf(error)
      if (wantsPage(ctx.headers)) sendPage(ctx, message)
      else ctx.body = { error: message }
      ctx.status = status
    }
  }

  function sendPage(ctx, problem) {
    ctx.set('cache-control', 'no-store')
    ctx.type = 'html'
    ctx.body = renderPage({ framework, hostname: ctx.hostname, session: ctx.session, problem })
  }

  return { server: createServer(app.callback()), store }
}

function answer(ctx, json) {
  if (!wantsPage(ctx.headers)) {
    ctx.body = json
    return
  }
  ctx.redirect('/')
  ctx.status = 303
}
