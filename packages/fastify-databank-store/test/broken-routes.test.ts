import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

interface Server {
  child: ChildProcess
  url: string
}
interface Warning {
  warning: string
  detail: string
}

let ours: Server
let theirs: Server

beforeAll(async () => {
  ;[ours, theirs] = await Promise.all([start('ours'), start('memory')])
})
afterAll(async () => {
  for (const { child } of [ours, theirs]) {
    if (child.exitCode === null && child.kill()) await once(child, 'exit')
  }
})

describe('a reply that fails in the callback of set', () => {
  it.each([
    'no-return',
    'no-return-while-reading',
    'no-return-after-save',
    'sent-twice',
    'sent-and-returned',
    'invalid-header',
    'invalid-payload',
    'hook-that-goes-on-twice',
    'cookie-domain',
    'cookie-path',
    'cookie-sameSite',
    'awaited-save',
    'awaited-regenerate',
    'awaited-reload',
    'awaited-destroy',
    'told-save',
    'told-regenerate',
  ])('ends as with MemoryStore, and the next request is answered: %s', async (route) => {
    const [mine, oracle] = await Promise.all([ours, theirs].map((server) => visit(server, route)))

    expect(mine).toEqual(oracle)
  })

  it('ends, and the next request is answered, if the maxAge is NaN', async () => {
    const { broken, next } = await visit(ours, 'cookie-maxAge')

    expect([200, 500]).toContain(broken.status)
    expect(next.status).toBe(200)
  })
})

describe('a callback that throws on every call', () => {
  it.each([
    ['save', [null, 'thrown after save']],
    ['regenerate', [null, 'thrown after regenerate']],
    ['reload', [null]],
    ['destroy', [null]],
  ])('of session.%s is reported, and the server keeps running', async (method, calls) => {
    const warned = once(ours.child, 'message')
    const abort = new AbortController()
    const unanswered = get(ours, `deaf-${method}`, { signal: abort.signal, cookie: await login(ours) })

    const [{ warning, detail }] = (await warned) as [Warning]
    abort.abort()
    await expect(unanswered).rejects.toThrow(/abort/)

    expect(warning).toContain(`thrown after ${method}`)
    expect(detail).toMatch(/at .*broken-routes\.cjs/)
    expect(JSON.parse((await get(ours, `calls?of=${method}`)).body)).toEqual(calls)
  })

  it.each(['save', 'regenerate', 'reload', 'destroy'])(
    'of session.%s may throw a value that is not an Error',
    async (method) => {
      const warned = once(ours.child, 'message')
      const abort = new AbortController()
      const unanswered = get(ours, `null-${method}`, { signal: abort.signal, cookie: await login(ours) })

      const [{ warning }] = (await warned) as [Warning]
      abort.abort()
      await expect(unanswered).rejects.toThrow(/abort/)

      expect(warning).toContain('not an Error was thrown: null')
      expect((await get(ours, 'n')).status).toBe(200)
    },
  )
})

async function start(kind: string): Promise<Server> {
  const child = fork(join(__dirname, 'broken-routes.cjs'), [kind], { execArgv: ['--no-warnings'] })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { child, url: `http://127.0.0.1:${port}` }
}

/** Logs in, requests a broken route, and then checks whether the next request is answered. */
async function visit(server: Server, route: string) {
  const cookie = await login(server)
  const broken = await get(server, route, { cookie })
  const next = await get(server, 'n', { cookie: await login(server) })
  return { broken, next }
}

async function login({ url }: Server): Promise<string> {
  const response = await fetch(`${url}/login`)
  await response.text()
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function get(
  { url }: Server,
  path: string,
  { cookie = '', signal }: { cookie?: string; signal?: AbortSignal } = {},
) {
  const response = await fetch(`${url}/${path}`, { headers: { cookie }, ...(signal && { signal }) })
  return { status: response.status, body: await response.text() }
}
