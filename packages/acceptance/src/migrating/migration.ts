import type { Client } from '../client.ts'
import { block, type Framework, loggedIn, type Pages, type Replacements } from './page.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What a page says, and what it says in place of this machine. */
export interface Move {
  page: string
  framework?: Framework
  /** First lines of the app's blocks. */
  before: string
  after: string
  /** Of the old app, of the new one, and of the command. */
  old: Replacements
  new: Replacements
  command?: Replacements
  /** Words of the command; none: the sessions are used where they lie. */
  words?: string
  options?: string
}

export interface Ends {
  /** Ends a session whose store goes by the clock of its server. */
  end?(sid: string): Promise<unknown>
  /** Brings what the old app has stored to where the command reads it. */
  copy?(): Promise<void>
}

/**
 * Moves an app with two browsers, of which one comes with a session cookie; a third one's session has expired before.
 */
export class Migration {
  readonly #pages: Pages
  readonly #move: Move
  ann!: Client
  bob!: Client
  eve!: Client

  constructor(pages: Pages, move: Move) {
    this.#pages = pages
    this.#move = move
  }

  get #framework(): Framework {
    return this.#move.framework ?? 'express'
  }

  startOld(): Promise<{ url: string }> {
    const { page, before, old } = this.#move
    return this.#pages.app(this.#framework, this.#withAge(block(page, 'js', before)), old)
  }

  startNew(): Promise<{ url: string }> {
    const { page, after } = this.#move
    return this.#pages.app(this.#framework, this.#withAge(block(page, 'js', after)), this.#move.new)
  }

  /** The app's cookie lives for some hours; the pages leave that to the app. */
  #withAge(lines: string): string {
    return lines.replace('saveUninitialized: false', `saveUninitialized: false, cookie: { maxAge: ${3 * HOUR} }`)
  }

  import(): Promise<string> {
    const { page, words = '', command = {} } = this.#move
    return this.#pages.command(block(page, 'sh', words), command)
  }

  /** Logs in at the old app, moves, and expects whom the new one knows. */
  async run({ end, copy }: Ends = {}): Promise<{ url: string }> {
    const old = await this.startOld()
    await this.#pages.advance(-2 * DAY)
    this.eve = await loggedIn(old, { user: 'eve' }, 'whatever its end')
    expect(await this.eve.copy().send('show')).toMatchObject({ user: 'eve' })
    await this.#pages.advance(2 * DAY)
    await end?.(sidOf(this.eve))
    this.ann = await loggedIn(old, { user: 'ann' })
    this.bob = await loggedIn(old, { user: 'bob', isBrief: this.#framework === 'express' })
    await this.ann.send('set', { cart: ['book', { n: 2 }] })
    await copy?.()
    const { words, options, page } = this.#move
    const expired = `${end ? 0 : 1} expired, 0 damaged`
    if (options) this.#pages.write(options, block(page, 'json', 'secret'))
    if (words) expect(await this.import()).toMatch(new RegExp(`^imported 2 sessions; skipped 0 existing, ${expired}`))

    const site = await this.startNew()
    expect(await this.ann.at(site).send('show')).toMatchObject({ user: 'ann', cart: ['book', { n: 2 }] })
    expect(await this.bob.at(site).send('show')).toMatchObject({ user: 'bob' })
    expect(await this.eve.copy().at(site).send('show')).not.toHaveProperty('user')

    await this.ann.at(site).send('set', { cart: ['pen'] })
    if (words) expect(await this.import()).toMatch(new RegExp(`^imported 0 sessions; skipped 2 existing, ${expired}`))
    expect(await this.ann.at(site).send('show')).toMatchObject({ user: 'ann', cart: ['pen'] })
    return site
  }

  /** Ends a session in the new app, and expects what the old one, started again, knows of all. */
  async runBack(site: { url: string }): Promise<void> {
    await this.bob.at(site).send('logout')
    const back = await this.startOld()
    expect(await this.ann.at(back).send('show')).toMatchObject({ user: 'ann', cart: ['pen'] })
    expect(await this.bob.at(back).send('show')).not.toHaveProperty('user')
    expect(await this.eve.copy().at(back).send('show')).not.toHaveProperty('user')

    await this.ann.at(back).send('set', { cart: ['ink'] })
    const again = await this.startNew()
    expect(await this.ann.at(again).send('show')).toMatchObject({ user: 'ann', cart: ['ink'] })
  }
}

/** The session id in a cookie that express-session or @fastify/session has signed. */
export function sidOf(client: Client): string {
  const [value = ''] = client.cookies.values()
  return decodeURIComponent(value).replace(/^s:/, '').split('.')[0] as string
}
