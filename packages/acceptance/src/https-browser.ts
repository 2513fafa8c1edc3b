export interface Page {
  status: number
  text: string
  headers: Headers
}

export interface SetCookie {
  name: string
  value: string
  /** In lower case and alphabetical order, such as `['httponly', 'path=/']`. */
  attributes: string[]
}

/**
 * A browser that reaches an app over https, through a proxy. It enforces the name prefix `__Host-`: such a cookie is
 * set and removed only with `Secure`, the path `/` and no domain.
 */
export class HttpsBrowser {
  readonly #url: string
  readonly #cookies: Map<string, string>

  constructor(url: string, cookies = new Map<string, string>()) {
    this.#url = url
    this.#cookies = cookies
  }

  /** Returns a browser with a copy of the current cookies, like an attacker's. */
  copy(): HttpsBrowser {
    return new HttpsBrowser(this.#url, new Map(this.#cookies))
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies
  }

  get(path: string): Promise<Page> {
    return this.#send('GET', path)
  }

  post(path: string): Promise<Page> {
    return this.#send('POST', path)
  }

  async #send(method: string, path: string): Promise<Page> {
    const headers: Record<string, string> = { 'x-forwarded-proto': 'https' }
    if (this.#cookies.size > 0) headers.cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(this.#url + path, { method, headers })
    for (const cookie of setCookiesOf(response.headers)) this.#take(cookie)
    return { status: response.status, text: await response.text(), headers: response.headers }
  }

  #take({ name, value, attributes }: SetCookie): void {
    if (name.startsWith('__Host-') && !isHostOnly(attributes)) return
    const expires = attributes.find((one) => one.startsWith('expires='))?.slice('expires='.length)
    const isRemoval = attributes.includes('max-age=0') || (expires && Date.parse(expires) <= Date.now())
    if (isRemoval) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}

/** Returns the cookies that a response sets or removes. */
export function setCookiesOf(headers: Headers): SetCookie[] {
  return headers.getSetCookie().map((header) => {
    const [pair = '', ...attributes] = header.split(/; */)
    const middle = pair.indexOf('=')
    return {
      name: pair.slice(0, middle),
      value: pair.slice(middle + 1),
      attributes: attributes.map((one) => one.toLowerCase()).sort(),
    }
  })
}

function isHostOnly(attributes: string[]): boolean {
  return (
    attributes.includes('secure') &&
    attributes.includes('path=/') &&
    !attributes.some((one) => one.startsWith('domain='))
  )
}
