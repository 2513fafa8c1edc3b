import { Agent, get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { openDatabank, SessionStore } from '@sessionbank/session-core'
import { describeWith, redis } from '@sessionbank/test-servers'
import { AppFolder, snippet } from '../src/documents.ts'

const PAGE = 'docs/operations.md'
const LANES = 6

/** A request that still runs when the server closes: only for Express, whose snippet can be extended at its end. */
const SLOW_ROUTE = `
app.get('/slow', (req, res) => {
  setTimeout(() => {
    req.session.visits = 1_000
    res.send('Visit 1000')
  }, 7_000)
})
`

/** A visitor with a session and a keep-alive connection. */
class Visitor {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  #cookie = ''
  /** The acknowledged count of the last response. */
  visits = 0
  /** True once the server has announced that it closes. */
  isTold = false

  constructor(url: string) {
    this.#url = url
  }

  async visit(path = '/'): Promise<void> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = this.#cookie ? { cookie: this.#cookie } : {}
      get(`${this.#url}${path}`, { agent: this.#agent, headers }, resolve).on('error', reject)
    })
    let body = ''
    for await (const chunk of response) body += chunk
    if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${body}`)
    const set = response.headers['set-cookie']?.map((one) => one.split(';')[0])
    if (set) this.#cookie = set.join('; ')
    this.visits = Number(/\d+/.exec(body)?.[0])
    this.isTold = response.headers.connection === 'close'
  }

  /** Visits until the server announces that it closes, like a load balancer. */
  async stay(): Promise<void> {
    while (!this.isTold) await this.visit()
  }

  leave(): void {
    this.#agent.destroy()
  }
}

/** Ends an app of the page by SIGTERM while it has visitors. */
async function endUnderLoad(words: string, bankUrl: string, { hasSlowRoute = false } = {}) {
  const folder = new AppFolder()
  const sockets: Socket[] = []
  try {
    folder.write('end-gracefully.mjs', snippet(PAGE, 'export function endGracefully'))
    const code = snippet(PAGE, words) + (hasSlowRoute ? SLOW_ROUTE : '')
    const [url = ''] = await folder.start(code, { env: { SESSIONBANK_URL: bankUrl } })
    const isReady = () => fetch(`${url}/ready`).then(({ status }) => status)
    const ready = await isReady()
    const live = (await fetch(`${url}/live`)).status

    const visitors = Array.from({ length: LANES }, () => new Visitor(url))
    for (let n = 0; n < 10; n++) await Promise.all(visitors.map((visitor) => visitor.visit()))
    // One connection that never sends a request, and one whose request has been answered.
    sockets.push(connect(Number(new URL(url).port), 'localhost').on('error', () => {}))
    const idle = new Visitor(url)
    await idle.visit()
    const slow = new Visitor(url)
    if (hasSlowRoute) await slow.visit()

    const stays = visitors.map((visitor) => visitor.stay())
    const slowVisit = hasSlowRoute ? slow.visit('/slow') : Promise.resolve()
    const ended = folder.end('SIGTERM')
    await Promise.allSettled(stays)
    const readyAtTheEnd = await isReady()
    const outcomes = await Promise.allSettled([...stays, slowVisit])
    const codes = await ended

    for (const visitor of [...visitors, idle, slow]) visitor.leave()
    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
    // The first visit is that of `start`, which waits until the app responds.
    const acknowledged = [1, ...[...visitors, idle, ...(hasSlowRoute ? [slow] : [])].map(({ visits }) => visits)]
    return { ready, live, failures, readyAtTheEnd, codes, acknowledged: acknowledged.sort() }
  } finally {
    for (const socket of sockets) socket.destroy()
    await folder.remove()
  }
}

async function storedVisits(bankUrl: string): Promise<unknown[]> {
  await using bank = await openDatabank(bankUrl)
  const store = new SessionStore(bank, { cleanupInterval: false })
  return (await store.all()).map(({ visits }) => visits).sort()
}

describe('an app that is ended by SIGTERM', () => {
  it('ends in bounded time with code 1 if a request does not end', async () => {
    const folder = new AppFolder()
    const times = 'drain = 5_000, limit = 25_000'
    const code = snippet(PAGE, 'export function endGracefully')
    expect(code).toContain(times)
    folder.write('end-gracefully.mjs', code.replace(times, 'drain = 0, limit = 500'))
    const route = "\napp.get('/endless', () => {})"
    const [url = ''] = await folder.start(snippet(PAGE, "import express from 'express'") + route, {
      env: { SESSIONBANK_URL: 'memory:' },
    })
    const asked = new Visitor(url).visit('/endless').catch((error) => error.code)
    await new Visitor(url).visit()
    expect(await folder.end('SIGTERM')).toEqual([1])
    expect(await asked).toBe('ECONNRESET')
    await folder.remove()
  })
})

describe('an app that is ended by SIGTERM under load', () => {
  describeWith(redis, (server) => {
    it('answers every accepted request, loses no session and ends with code 0, even with open connections', async () => {
      const folders = [new AppFolder(), new AppFolder(), new AppFolder()] as const
      const disks = folders.map(({ path }) => `disk:${path}/bank`)
      const [disk = ''] = disks
      const cases: [words: string, bankUrl: string, hasSlowRoute: boolean][] = [
        ["import express from 'express'", disk, true],
        ["import Koa from 'koa'", disks[1] ?? '', false],
        ["import Fastify from 'fastify'", disks[2] ?? '', false],
        ["import express from 'express'", server().url, true],
      ]
      const ends = await Promise.allSettled(
        cases.map(async ([words, bankUrl, hasSlowRoute]) => {
          const end = await endUnderLoad(words, bankUrl, { hasSlowRoute })
          return { ...end, words, stored: await storedVisits(bankUrl) }
        }),
      )
      for (const folder of folders) await folder.remove()
      const expected = { ready: 200, live: 200, failures: [], readyAtTheEnd: 503, codes: [0] }
      for (const [n, [words]] of cases.entries()) {
        expect(ends[n]).toMatchObject({ status: 'fulfilled', value: { words, ...expected } })
      }
      for (const end of ends) {
        if (end.status === 'fulfilled') expect(end.value.stored).toEqual(end.value.acknowledged)
      }
    })
  })
})
