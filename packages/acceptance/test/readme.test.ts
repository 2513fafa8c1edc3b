import { couchbase, describeWith, mongodb, postgres, redis } from '@sessionbank/test-servers'
import { AppFolder, snippet } from '../src/documents.ts'

/** A browser on plain http, which ignores `Secure` cookies. */
class Browser {
  #cookies = new Map<string, string>()

  async send(method: string, url: string): Promise<string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { method, headers: cookie ? { cookie } : {} })
    for (const header of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = header.split(/; */)
      if (attributes.some((one) => /^secure$/i.test(one))) continue
      this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    expect(response.status).toBe(200)
    return response.text()
  }
}

const folders: AppFolder[] = []

function start(code: string): Promise<string[]> {
  const folder = new AppFolder()
  folders.push(folder)
  return folder.start(code)
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove()
})

describe('the snippets of the README, unchanged,', () => {
  it.each([
    ['Express', "import express from 'express'"],
    ['Koa', "import Koa from 'koa'"],
    ['Fastify', "import Fastify from 'fastify'"],
  ])('are a %s app that counts visits', async (_, words) => {
    const [url = ''] = await start(snippet('README.md', words))
    const browser = new Browser()

    expect(await browser.send('GET', url)).toBe('Visit 1')
    expect(await browser.send('GET', url)).toBe('Visit 2')
    expect(await new Browser().send('GET', url)).toBe('Visit 1')
  })

  it('are one login for all three frameworks, wherever it begins', async () => {
    const urls = await start(snippet('docs/shared-login.md', 'externalKey'))
    expect(urls).toHaveLength(3)
    for (const start of urls) {
      const browser = new Browser()

      expect(await browser.send('POST', `${start}/login`)).toBe('Logged in')

      const known = []
      for (const url of urls) known.push(await browser.send('GET', url))
      expect(known).toEqual(['Express knows ann', 'Koa knows ann', 'Fastify knows ann'])
      expect(await new Browser().send('GET', start)).toMatch(/ knows undefined$/)
    }
  })
})

describe('the app of a package’s README, unchanged,', () => {
  /** Expects that the app counts the visits of each browser. */
  async function expectToCount(code: string): Promise<void> {
    const [url = ''] = await start(code)
    const browser = new Browser()
    expect(await browser.send('GET', url)).toMatch(/\b1\b/)
    expect(await browser.send('GET', url)).toMatch(/\b2\b/)
    expect(await new Browser().send('GET', url)).toMatch(/\b1\b/)
  }

  it.each([
    'express-databank-store',
    'koa-databank-store',
    'fastify-databank-store',
    'databank-disk',
    'databank-memory',
  ])('runs: %s', (name) => expectToCount(snippet(`packages/${name}/README.md`, 'openDatabank')))

  for (const [name, kind] of Object.entries({ redis, postgres, mongodb, couchbase })) {
    describeWith(kind, (server) => {
      it(`runs on its server: databank-${name}`, () => {
        const code = snippet(`packages/databank-${name}/README.md`, 'openDatabank')
        return expectToCount(code.replace(/(?<=openDatabank\(')[^']+/, server().url))
      })
    })
  }

  it('runs, and ends: session-core', async () => {
    const folder = new AppFolder()
    folders.push(folder)
    const printed = await folder.run(snippet('packages/session-core/README.md', 'openDatabank'))
    expect(printed).toMatch(/^0 sessions\n.*\n0 sessions of ann ended\n$/s)
  })
})
