/** Timeout of a request, in ms. */
const LIMIT = 15_000

/** A client that stores cookies like a browser. */
export class Client {
  #cookies = new Map()

  copy() {
    const copy = new Client()
    copy.#cookies = new Map(this.#cookies)
    return copy
  }

  cookie(name) {
    return this.#cookies.get(name)
  }

  async call(method, url, { headers = {}, body } = {}) {
    const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join('; ')
    const response = await request(method, url, { body, headers: cookie ? { ...headers, cookie } : headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }

  async json(method, url, body) {
    const sent = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await this.call(method, url, sent)
    if (!response.ok) throw new Error(`${method} ${url} gave ${response.status}`)
    return response.json()
  }
}

export function request(method, url, options) {
  return fetch(url, { method, redirect: 'manual', signal: AbortSignal.timeout(LIMIT), ...options })
}
