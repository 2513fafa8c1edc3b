/** A device of a user in the guides' list. */
export interface Device {
  handle: string
  device: string
  createdAt: string
  lastUsedAt: string | null
  isThis: boolean
}

interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: the caller knows the type of a route's response
  body: any
}

/** A browser that only handles cookies: stores them, sends them back, and removes them if the app says so. */
export class Browser {
  readonly #url: string
  readonly #name: string
  readonly #cookies: Map<string, string>

  constructor(url: string, name: string, cookies = new Map<string, string>()) {
    this.#url = url
    this.#name = name
    this.#cookies = cookies
  }

  /** Returns a browser with a copy of the current cookies, like an attacker's. */
  copy(): Browser {
    return new Browser(this.#url, this.#name, new Map(this.#cookies))
  }

  /** The value of the `Cookie` header. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async send(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        'user-agent': this.#name,
        ...(this.#cookies.size > 0 && { cookie: this.cookie }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    for (const header of response.headers.getSetCookie()) this.#take(header)
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text }
  }

  /** Logs in with the password of the guides. */
  async login(name: keyof typeof PASSWORDS): Promise<this> {
    expect(await this.send('POST', '/login', { name, password: PASSWORDS[name] })).toMatchObject({ body: { name } })
    return this
  }

  async devices(): Promise<Device[]> {
    const { status, body } = await this.send('GET', '/devices')
    expect(status).toBe(200)
    return body
  }

  #take(header: string): void {
    const [pair = '', ...attributes] = header.split(/; */)
    const middle = pair.indexOf('=')
    const expires = attributes.find((one) => /^expires=/i.test(one))?.slice('expires='.length)
    if (expires && Date.parse(expires) <= Date.now()) this.#cookies.delete(pair.slice(0, middle))
    else this.#cookies.set(pair.slice(0, middle), pair.slice(middle + 1))
  }
}

const PASSWORDS = { ann: 'secret', bob: 'hidden' }
