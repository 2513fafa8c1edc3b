import { COOKIE_NAME } from './session-settings.mjs'

/** Timeout of a request, in ms. */
const LIMIT = 10_000
const SESSION_COOKIE = new RegExp(`(?:^|; *)(${COOKIE_NAME}=[^;]+)`)

/** Sends requests to the servers for a demonstration, like a browser with one session cookie. */
export class Visitor {
  #cookie

  /** @param {string} [cookies] a `Cookie` or `Set-Cookie` header, of which only the session's cookie is sent */
  constructor(cookies = '') {
    this.#cookie = SESSION_COOKIE.exec(cookies)?.[1]
  }

  /** Logs a user in. Throws if the server rejects the login, or starts no session. */
  static async loggedIn(user, site) {
    const response = await new Visitor().#fetch('POST', site, '/login', { user })
    const visitor = new Visitor(response.headers.getSetCookie()[0])
    if (!response.ok || visitor.#cookie === undefined) throw new Error(`POST /login answered ${response.status}`)
    return visitor
  }

  /** Returns the parsed response, or null if the visitor is not logged in. */
  async send(method, site, path, json) {
    const response = await this.#fetch(method, site, path, json)
    // Waits for the end of the body, because only then has Express saved the session.
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
