import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppFolder, snippet } from '../src/documents.ts'
import { HttpsBrowser, setCookiesOf } from '../src/https-browser.ts'

const PAGE = 'docs/security.md'
const SECRET = 'a secret of the test, of 32 characters or more'
const MINUTE = 60_000
const IDLE = 30 * MINUTE
const ABSOLUTE = 8 * 60 * MINUTE

const APPS = [
  ['Express', "import express from 'express'"],
  ['Koa', "import Koa from 'koa'"],
  ['Fastify', "import Fastify from 'fastify'"],
] as const

describe.each(APPS)('the settings for %s in docs/security.md, unchanged,', (_, words) => {
  const folder = new AppFolder()
  let url: string

  beforeAll(async () => {
    const [started] = await folder.start(snippet(PAGE, words), { env: { SESSION_SECRET: SECRET }, hasClock: true })
    url = started as string
  })

  afterAll(() => folder.remove())

  async function login(browser = new HttpsBrowser(url)): Promise<HttpsBrowser> {
    expect((await browser.post('/login')).text).toBe('Logged in')
    return browser
  }

  async function expectLoggedIn(browser: HttpsBrowser, text = 'User 42'): Promise<void> {
    expect(await browser.get('/')).toMatchObject({ status: 200, text })
  }

  async function expectLoggedOut(browser: HttpsBrowser): Promise<void> {
    expect(await browser.get('/')).toMatchObject({ status: 401, text: 'Log in' })
  }

  it('send the cookie that the page shows', async () => {
    const { headers } = await new HttpsBrowser(url).post('/login')

    const [id, ...signatures] = setCookiesOf(headers)
    expect([id?.name, ...(id?.attributes ?? [])]).toEqual(cookieOfThePage())
    for (const { attributes } of signatures) expect(attributes).toEqual(id?.attributes)
  })

  it('send a visitor who has not logged in no cookie, and a response that is not cached', async () => {
    const { status, headers } = await new HttpsBrowser(url).get('/')

    expect(status).toBe(401)
    expect(headers.getSetCookie()).toEqual([])
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('send no cookie over plain http', async () => {
    const response = await fetch(`${url}/login`, { method: 'POST' })

    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('make the previous session id useless after a login', async () => {
    const victim = new HttpsBrowser(url)
    await login(victim)
    const attacker = victim.copy()
    await expectLoggedIn(attacker)

    await login(victim)

    await expectLoggedOut(attacker)
    await expectLoggedIn(victim)
  })

  it('make the previous session id useless after a change of privilege', async () => {
    const browser = await login()
    const before = browser.copy()

    expect((await browser.post('/admin')).text).toBe('Admin')

    await expectLoggedOut(before)
    await expectLoggedIn(browser, 'Admin 42')
  })

  it('make the session id useless after a logout, and remove the cookie', async () => {
    const browser = await login()
    const before = browser.copy()

    expect((await browser.post('/logout')).text).toBe('Logged out')

    expect([...browser.cookies]).toEqual([])
    await expectLoggedOut(before)
    await expectLoggedOut(browser)
  })

  it('end all other sessions of a user', async () => {
    const here = await login()
    const elsewhere = [await login(), await login()]

    expect((await here.post('/logout-elsewhere')).text).toMatch(/^Ended \d+$/)

    for (const browser of elsewhere) await expectLoggedOut(browser)
    await expectLoggedIn(here)
  })

  it.each(['/admin', '/logout', '/logout-elsewhere'])('reject %s without a login', async (path) => {
    expect(await new HttpsBrowser(url).post(path)).toMatchObject({ status: 401, text: 'Log in' })
  })

  it('end an idle session', async () => {
    const browser = await login()

    await folder.advance(IDLE - MINUTE)
    await expectLoggedIn(browser)
    await folder.advance(IDLE - MINUTE)
    await expectLoggedIn(browser)

    await folder.advance(IDLE + MINUTE)
    await expectLoggedOut(browser)
  })

  it('end a session at its maximum age, however often it is used', async () => {
    const browser = await login()

    for (let age = 0; age < ABSOLUTE - IDLE; age += 29 * MINUTE) {
      await expectLoggedIn(browser)
      await folder.advance(29 * MINUTE)
    }
    await expectLoggedIn(browser)

    await folder.advance(29 * MINUTE)
    await expectLoggedOut(browser)
  })

  it('restart the maximum age at a change of privilege', async () => {
    const browser = await login()
    const visit = async (age: number, text: string) => {
      for (let spent = 0; spent < age; spent += 29 * MINUTE) {
        await folder.advance(29 * MINUTE)
        await expectLoggedIn(browser, text)
      }
    }

    await visit(ABSOLUTE - IDLE, 'User 42')
    await browser.post('/admin')

    await visit(ABSOLUTE - IDLE, 'Admin 42')
  })
})

describe.each(APPS)('the disk bank of the settings for %s', (_, words) => {
  const folder = new AppFolder()
  const keys = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'))

  afterEach(() => folder.stop())
  afterAll(() => folder.remove())

  /** Logs in and changes privileges. Returns whether the bank's files contain the last id and a key of the session. */
  async function search(code: string): Promise<{ id: boolean; content: boolean }> {
    const [url = ''] = await folder.start(code, { env: { SESSION_SECRET: SECRET, SESSION_KEYS: keys.join() } })
    const browser = new HttpsBrowser(url)
    await browser.post('/login')
    await browser.post('/admin')
    expect((await browser.get('/')).text).toBe('Admin 42')
    expect((await browser.post('/logout-elsewhere')).text).toBe('Ended 0')

    const bank = join(folder.path, bankOf(code))
    const bytes = Buffer.concat(readdirSync(bank).map((name) => readFileSync(join(bank, name))))
    return { id: bytes.includes(idOf(browser)), content: bytes.includes('isAdmin') }
  }

  it('shows ids and contents', async () => {
    expect(await search(snippet(PAGE, words))).toEqual({ id: true, content: true })
  })

  it('shows neither ids nor contents with hashIds and encryption as on the page', async () => {
    const store = snippet(PAGE, 'encryption: {')
    const code = snippet(PAGE, words).replace(/^const store = .*?^}\)\n/ms, () => store)
    expect(code).toContain(store)

    expect(await search(code.replaceAll('./sessions', './sealed'))).toEqual({ id: false, content: false })
  })
})

/** Returns the folder of the disk bank that an app opens. */
function bankOf(code: string): string {
  return /'disk:(.*?)'/.exec(code)?.[1] ?? ''
}

/** Returns the session id in the cookie: `s:<id>.<signature>`, `<id>.<signature>` or `<id>`. */
function idOf(browser: HttpsBrowser): string {
  const value = decodeURIComponent(browser.cookies.get('__Host-id') ?? '')
  const [id = ''] = value.replace(/^s:/, '').split('.')
  expect(id.length).toBeGreaterThanOrEqual(32)
  return id
}

/** Returns the cookie on the page: its name and attributes, as in {@link setCookiesOf}. */
function cookieOfThePage(): string[] {
  const page = readFileSync(join(__dirname, '../../..', PAGE), 'utf8')
  const [, name = '', attributes = ''] = /^Set-Cookie: (.+?)=.+?; (.+)$/m.exec(page) ?? []
  return [name, ...attributes.toLowerCase().split('; ').sort()]
}
