import { once } from 'node:events'
import express from 'express'
import session from 'express-session'

const COOKIE = { maxAge: 86_400_000 }

/** An app whose requests load their session, wait until the demonstration lets them continue, and then change it. */
export class OverlappingApp {
  #server
  #waiting = []
  #arrived = () => {}

  static async start(store) {
    const app = new OverlappingApp()
    const routes = express()
    routes.use(
      session({ store, secret: 'for a demonstration', resave: false, saveUninitialized: false, cookie: COOKIE }),
    )
    routes.get('/login', (req, res) => {
      req.session.user = 'ann'
      res.end()
    })
    routes.get('/change/:key', async (req, res) => {
      await new Promise((letGo) => app.#arrive(letGo))
      req.session[req.params.key] = true
      res.end()
    })
    routes.get('/logout', (req, res) => req.session.destroy(() => res.end()))
    routes.get('/', (req, res) => res.json(req.session))
    app.#server = routes.listen(0, '127.0.0.1')
    await once(app.#server, 'listening')
    return app
  }

  stop() {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** Has two requests load one session before either changes it. Each changes a different key. */
  async keepsBothChanges() {
    const send = await this.#login()
    const changes = ['a', 'b'].map((key) => send(`/change/${key}`))
    await this.#letGo(2)
    await Promise.all(changes)
    const { a, b } = await (await send('/')).json()
    return a === true && b === true
  }

  /** Has a request load a session, and change it after the user has logged out. */
  async staysLoggedOut() {
    const send = await this.#login()
    const slow = send('/change/a')
    await this.#arrivals(1)
    await send('/logout')
    await this.#letGo(1)
    await slow
    const { user } = await (await send('/')).json()
    return user === undefined
  }

  async #login() {
    const origin = `http://127.0.0.1:${this.#server.address().port}`
    const login = await fetch(`${origin}/login`)
    const cookie = login.headers.get('set-cookie').split(';')[0]
    return (path) => fetch(`${origin}${path}`, { headers: { cookie } })
  }

  #arrive(letGo) {
    this.#waiting.push(letGo)
    this.#arrived()
  }

  async #arrivals(count) {
    while (this.#waiting.length < count) {
      await new Promise((resolve) => {
        this.#arrived = resolve
      })
    }
  }

  async #letGo(count) {
    await this.#arrivals(count)
    for (const letGo of this.#waiting.splice(0)) letGo()
  }
}
