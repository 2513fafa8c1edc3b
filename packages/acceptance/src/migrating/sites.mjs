// The apps around the lines of a page: these add sessions to the app and make it listen.
import { once } from 'node:events'
import { createServer } from 'node:http'
import express from 'express'
import Fastify from 'fastify'
import Koa from 'koa'

/** The routes. Each gets the framework's session and the client's input. */
const ROUTES = {
  login(session, { user, isBrief }) {
    session.user = user
    if (isBrief) session.cookie.expires = false
  },
  set: (session, values) => void Object.assign(session, values),
  show(session) {
    const { cookie: _cookie, ...shown } = JSON.parse(JSON.stringify(session))
    return shown
  },
}

/** Makes an app answer `GET /route?input=…` after the page's middleware, on a free port instead of the page's. */
function listening(app, handler) {
  app.url = new Promise((resolve) => {
    app.listen = () => {
      const server = createServer(handler())
      server.listen(0, '127.0.0.1')
      resolve(once(server, 'listening').then(() => `http://127.0.0.1:${server.address().port}`))
    }
  })
  return app
}

export function expressSite() {
  const app = listening(express(), () => {
    app.get('/logout', ({ session }, answer, next) =>
      session.destroy((error) => (error ? next(error) : answer.json({}))),
    )
    app.get('/:route', ({ params, query, session }, answer) => {
      answer.json({ result: ROUTES[params.route](session, JSON.parse(query.input)) })
    })
    return app
  })
  return app
}

export function koaSite() {
  const app = listening(new Koa(), () => {
    app.use((ctx) => {
      const route = ctx.path.slice(1)
      if (route === 'logout') ctx.session = null
      ctx.body = { result: ROUTES[route]?.(ctx.session, JSON.parse(ctx.query.input)) }
    })
    return app.callback()
  })
  app.keys = ['the secret of the app, which stays']
  return app
}

export function fastifySite() {
  const app = Fastify()
  app.get('/logout', async ({ session }) => {
    await session.destroy()
    return {}
  })
  app.get('/:route', async ({ params, query, session }) => {
    return { result: ROUTES[params.route](session, JSON.parse(query.input)) }
  })
  const listen = app.listen.bind(app)
  app.decorate(
    'url',
    new Promise((resolve) => {
      app.listen = () => resolve(listen({ port: 0, host: '127.0.0.1' }))
    }),
  )
  return app
}
