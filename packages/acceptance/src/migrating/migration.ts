import type { Client } from '../client.ts'
import { block, type Framework, loggedIn, type Pages, type Replacements } from './page.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** The blocks of a page that migrate an app, and the texts to replace in them. */
export interface Move {
  page: string
  framework?: Framework
  /** The first line of the app's block before the migration. */
  before: string
  after: string
  /** Replacements in the old app, the new one and the command. */
  old: Replacements
  new: Replacements
  command?: Replacements
  /** Words of the command; undefined if the sessions stay in place. */
  words?: string
  options?: string
}

export interface Ends {
  /** Expires a session, if its store uses the clock of a server. */
  end?(sid: string): Promise<unknown>
  /** Copies the old app's records to the place where the command reads them. */
  copy?(): Promise<void>
}

/**
 * Migrates an app with two browsers, one with a session cookie. The session of a third browser has expired before.
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

  /** Adds a maxAge of some hours, which the pages leave to the app. */
  #withAge(lines: string): string {
    return lines.replace('saveUninitialized: false', `saveUninitialized: false, cookie: { maxAge: ${3 * HOUR} }`)
  }

  import(): Promise<string> {
    const { page, words = '', command = {} } = this.#move
    return this.#pages.command(block(page, 'sh', words), command)
  }

  /** Logs in at the old app, migrates, and checks the logins at the new app. */
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

  /** Logs out at the new app, starts the old one again, and checks its logins. */
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

/** Returns the session id from a cookie signed by express-session or @fastify/session. */
export function sidOf(client: Client): string {
  const [value = ''] = client.cookies.values()
  return decodeURIComponent(value).replace(/^s:/, '').split('.')[0] as string
}
