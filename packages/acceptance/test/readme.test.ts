import { AppFolder, snippet } from '../src/documents.ts'

/** A browser that is not on https: it takes no cookie that is `Secure`. */
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

describe('the snippets of the README, to the letter,', () => {
  it.each([
    ['Express', "import express from 'express'"],
    ['Koa', "import Koa from 'koa'"],
    ['Fastify', "import Fastify from 'fastify'"],
  ])('are an app of %s that counts visits', async (_, words) => {
    const [url = ''] = await start(snippet('README.md', words))
    const browser = new Browser()

    expect(await browser.send('GET', url)).toBe('Visit 1')
    expect(await browser.send('GET', url)).toBe('Visit 2')
    expect(await new Browser().send('GET', url)).toBe('Visit 1')
  })

  it('are one login for all three, wherever it starts', async () => {
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
