import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa, { type Context } from 'koa'
import { createSession } from 'koa-session'
import type { DatabankStore } from '../src/index.ts'
import { HOUR, openStore } from './setup.ts'

/** Versions that older apps use. They include no types. */
const koa2: typeof Koa = require('koa-2')
const createSession6: typeof createSession = require('koa-session-6')

interface KoaSession extends Record<string, unknown> {
  externalKey: string
  save(): Promise<void>
  regenerate(): Promise<void>
  manuallyCommit(): Promise<void>
}
type SessionContext = Context & { session: KoaSession | null }
type Handler = (ctx: SessionContext) => unknown

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

interface Versions {
  koa: typeof Koa
  middleware: typeof createSession
}

/** Sends one request after another to an app, each with its own handler, as one browser. */
async function browse(
  { koa, middleware }: Versions,
  store: DatabankStore,
  options: object,
  handlers: Handler[],
): Promise<string[]> {
  const app = new koa()
  app.keys = ['a key']
  app.use(middleware({ store, key: 'sid', signed: false, ...options } as never, app))
  app.use(async (ctx) => {
    await handlers.shift()?.(ctx as SessionContext)
    ctx.body = 'done'
  })
  const server = app.listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const setCookies: string[] = []
  let cookie = ''
  for (const _ of [...handlers]) {
    const response = await fetch(url, { headers: { cookie } })
    const set = response.headers.getSetCookie().find((line) => line.startsWith('sid=')) ?? ''
    setCookies.push(set)
    if (set) cookie = set.split(';')[0] as string
  }
  return setCookies
}

describe.each([
  { title: 'koa-session 7', koa: Koa, middleware: createSession },
  { title: 'koa-session 6', koa: koa2, middleware: createSession6 },
])('in one request of $title', (versions) => {
  it.each([
    ['saved', (session: KoaSession) => session.save()],
    ['regenerated', (session: KoaSession) => session.regenerate()],
  ])('a session cookie stays a session cookie when the session is %s and changed again', async (_, first) => {
    const { store } = await openStore()
    let sid = ''
    const setCookies = await browse(versions, store, { maxAge: 'session' }, [
      async ({ session }) => {
        Object.assign(session as KoaSession, { user: 'ann' })
        await first(session as KoaSession)
        Object.assign(session as KoaSession, { visits: 1 })
      },
      ({ session }) => {
        Object.assign(session as KoaSession, { visits: 2 })
        sid = (session as KoaSession).externalKey
      },
    ])
    expect(setCookies.join()).not.toMatch(/expires|max-age/i)
    expect(await store.get(sid)).toEqual({ user: 'ann', visits: 2, _session: true })
  })

  it('a session cookie gets an age if the app sets one', async () => {
    const { store } = await openStore()
    let sid = ''
    await browse(versions, store, { maxAge: 'session' }, [
      async ({ session }) => {
        Object.assign(session as KoaSession, { user: 'ann' })
        await session?.save()
        Object.assign(session as KoaSession, { maxAge: HOUR })
        sid = (session as KoaSession).externalKey
      },
    ])
    expect(await store.get(sid)).toMatchObject({ user: 'ann', _maxAge: HOUR })
  })

  it('a save that was not awaited does not bring back its session after a regeneration', async () => {
    const { store } = await openStore()
    let old = ''
    await browse(versions, store, {}, [
      ({ session }) => {
        Object.assign(session as KoaSession, { user: 'ann' })
        old = (session as KoaSession).externalKey
      },
      async ({ session }) => {
        await Promise.all([session?.regenerate(), session?.save()])
      },
    ])
    expect(await store.get(old)).toBeNull()
  })

  it('a session that starts after a logout is saved, although koa-session reuses the id', async () => {
    const { store } = await openStore()
    let sid = ''
    await browse(versions, store, { autoCommit: false }, [
      async (ctx) => {
        Object.assign(ctx.session as KoaSession, { user: 'ann' })
        const { manuallyCommit } = ctx.session as KoaSession
        const commit = manuallyCommit.bind(ctx.session)
        await commit()
        ctx.session = null
        await commit()
        Object.assign(ctx, { session: { user: 'bob' } })
        sid = (ctx.session as KoaSession | null)?.externalKey ?? ''
        await commit()
      },
    ])
    expect(await store.get(sid)).toMatchObject({ user: 'bob' })
  })
})
