import type { RawAnswer, Site } from './site.ts'
import { post, type Step } from './visit.ts'

/** The part of a response that a client can see. */
export interface Sight {
  status: RawAnswer['status']
  body: unknown
  /**
   * The browser's cookie after the response: its session and its attributes, or null if there is none. (It makes no
   * difference if the response sets an identical cookie again.)
   */
  cookie: string | null
}

/**
 * A client of one site, which also sends expired cookies, so that the store decides. Because ids differ between sites,
 * it numbers its sessions.
 */
export class Browser {
  readonly #site: Site
  readonly #known: string[] = []
  #cookie = ''
  #held: string | null = null

  constructor(site: Site) {
    this.#site = site
  }

  /** Uses a session that is already in the store. */
  async adopt(sid: string, times: Record<string, unknown>): Promise<void> {
    this.#cookie = await this.#site.plant(sid, times)
    this.#nameOf(this.#cookie.slice('sid='.length))
  }

  async visit(steps: readonly Step[]): Promise<Sight> {
    const { status, body, setCookies } = await this.#site.visit(post(steps), this.#cookie)
    for (const line of setCookies) this.#held = this.#take(line)
    return { status, body, cookie: this.#held }
  }

  #take(line: string): string {
    const [pair = '', ...attributes] = line.split(/; */)
    const value = pair.slice('sid='.length)
    const shown = attributes.map(normalized).filter(Boolean).sort()
    this.#cookie = value && `sid=${value}`
    return value && [this.#nameOf(value), ...shown].join('; ')
  }

  #nameOf(value: string): string {
    if (!this.#known.includes(value)) this.#known.push(value)
    return `session ${this.#known.indexOf(value) + 1}`
  }
}

/** Returns an attribute as browsers read it: empty for an invalid date, or a date with a five-digit year. */
function normalized(attribute: string): string {
  const [name = '', value] = attribute.split('=')
  if (value === undefined) return name.toLowerCase()
  if (name.toLowerCase() !== 'expires') return `${name.toLowerCase()}=${value.toLowerCase()}`
  const time = Date.parse(value)
  return Number.isNaN(time) || new Date(time).getUTCFullYear() > 9999 ? '' : `expires=${value}`
}
