/** An app that a client visits. */
interface Site {
  url: string
}

export interface Answer {
  status: number
  /** The route's result; undefined if it failed. */
  result: unknown
  error: { code?: string; message: string } | undefined
  /** The `Set-Cookie` headers. */
  setCookies: string[]
}

/** A browser that only handles cookies: stores them, sends them back, and removes them if a site says so. */
export class Client {
  readonly #site: Site
  readonly #cookies: Map<string, string>

  constructor(site: Site, cookies = new Map<string, string>()) {
    this.#site = site
    this.#cookies = cookies
  }

  /** Returns the same browser, with its cookies, for another app. */
  at(site: Site): Client {
    return new Client(site, this.#cookies)
  }

  /** Returns a browser with a copy of the current cookies. */
  copy(): Client {
    return new Client(this.#site, new Map(this.#cookies))
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies
  }

  /** Sets cookies from the text of a `Cookie` header. */
  forge(header: string): this {
    for (const pair of header.split('; ')) this.#keep(pair)
    return this
  }

  async request(route: string, input: object = {}): Promise<Answer> {
    const query = encodeURIComponent(JSON.stringify(input))
    const response = await fetch(`${this.#site.url}/${route}?input=${query}`, { headers: this.#headers() })
    const setCookies = response.headers.getSetCookie()
    for (const header of setCookies) this.#take(header)
    const body = (await response.json()) as { result?: unknown; error?: Answer['error'] | string; message: string }
    // Fastify bypasses the error handler if the save at the end of the request fails
    const error = typeof body.error === 'string' ? (body as Answer['error']) : body.error
    return { status: response.status, result: body.result, error, setCookies }
  }

  /** Returns the route's result. Rejects if the request failed. */
  // biome-ignore lint/suspicious/noExplicitAny: the caller knows the type of a route's result
  async send(route: string, input: object = {}): Promise<any> {
    const { status, result, error } = await this.request(route, input)
    if (status !== 200) throw new Error(`${route} answered ${status}: ${error?.message}`)
    return result
  }

  #headers(): Record<string, string> {
    if (this.#cookies.size === 0) return {}
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
  }

  #take(header: string): void {
    const [pair = '', ...attributes] = header.split(/; */)
    const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice('expires='.length)
    const isRemoval =
      attributes.some((one) => /^max-age=0$/i.test(one)) || (expires && Date.parse(expires) <= Date.now())
    if (isRemoval) this.#cookies.delete(pair.slice(0, pair.indexOf('=')))
    else this.#keep(pair)
  }

  #keep(pair: string): void {
    const middle = pair.indexOf('=')
    this.#cookies.set(pair.slice(0, middle), pair.slice(middle + 1))
  }
}
