import { COOKIE_NAME } from './session-settings.mjs'

/** For one request, in ms. */
const LIMIT = 10_000
const SESSION_COOKIE = new RegExp(`(?:^|; *)(${COOKIE_NAME}=[^;]+)`)

/** Sends requests to the servers for a demonstration, as a browser with one session cookie would. */
export class Visitor {
  #cookie

  /** @param {string} [cookies] a `Cookie` or `Set-Cookie` header; the session's cookie alone is sent on */
  constructor(cookies = '') {
    this.#cookie = SESSION_COOKIE.exec(cookies)?.[1]
  }

  /** Logs a user in. Throws if the server refuses, or starts no session. */
  static async loggedIn(user, site) {
    const response = await new Visitor().#fetch('POST', site, '/login', { user })
    const visitor = new Visitor(response.headers.getSetCookie()[0])
    if (!response.ok || visitor.#cookie === undefined) throw new Error(`POST /login answered ${response.status}`)
    return visitor
  }

  /** Returns the answer, parsed; null if the server knows no login of this visitor. */
  async send(method, site, path, json) {
    const response = await this.#fetch(method, site, path, json)
    // The end of the body, not its beginning, tells that Express has saved the session.
    const answer = await response.json()
    if (response.status === 401) return null
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`)
    return answer
  }

  #fetch(method, { origin }, path, json) {
    const headers = { accept: 'application/json', 'user-agent': 'Demonstration' }
    if (this.#cookie) headers.cookie = this.#cookie
    if (json) headers['content-type'] = 'application/json'
    return fetch(`${origin}${path}`, {
      method,
      headers,
      body: JSON.stringify(json),
      signal: AbortSignal.timeout(LIMIT),
    })
  }
}
