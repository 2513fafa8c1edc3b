import type { RawAnswer, Site } from './site.ts'
import { post, type Step } from './visit.ts'

/** What a client sees of a request. */
export interface Sight {
  status: RawAnswer['status']
  body: unknown
  /**
   * The cookie that the browser has then: which session it is, and its attributes; null: none. (That an answer sets one
   * which the browser has already, to the letter, changes nothing.)
   */
  cookie: string | null
}

/**
 * A client of one site, which sends a cookie back after its end, too: what the store says is what counts. Ids differ from site to site: it calls its
 * sessions first, second, and so on.
 */
export class Browser {
  readonly #site: Site
  readonly #known: string[] = []
  #cookie = ''
  #held: string | null = null

  constructor(site: Site) {
    this.#site = site
  }

  /** Comes with a session that lies in the store already. */
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

/** An attribute as browsers read it: a date that is none, or whose year has five figures, is not there. */
function normalized(attribute: string): string {
  const [name = '', value] = attribute.split('=')
  if (value === undefined) return name.toLowerCase()
  if (name.toLowerCase() !== 'expires') return `${name.toLowerCase()}=${value.toLowerCase()}`
  const time = Date.parse(value)
  return Number.isNaN(time) || new Date(time).getUTCFullYear() > 9999 ? '' : `expires=${value}`
}
