import session from 'express-session'
import { DatabankStore } from '../src/index.mts'
import { answerOf, HOUR, openBank, sessionOf } from './setup.ts'

type Callback = (...outcome: unknown[]) => void
interface Seed {
  get(sid: string, callback: Callback): void
  set(sid: string, session: object, callback: Callback): void
  destroy(sid: string, callback: Callback): void
  all(callback: Callback): void
}

/** The real connect-databank from npm. */
const Seed = require('connect-databank')(session) as new (bank: object) => Seed

async function both() {
  const { bank, read } = await openBank()
  return { seed: new Seed(bank), store: new DatabankStore(bank, null), read }
}

describe('if connect-databank and this store share a bank', () => {
  it("this store loads connect-databank's sessions unchanged", async () => {
    const { seed, store } = await both()
    const data = { user: 'ann', cart: [{ id: 1 }], nested: { a: null, b: false }, 'odd key': '' }
    await answerOf((done) => seed.set('a', sessionOf(data), done))

    const { cookie, ...rest } = (await store.get('a')) as Record<string, unknown>

    expect(rest).toEqual(data)
    expect(cookie).toEqual({ originalMaxAge: HOUR, expires: expect.any(Date), httpOnly: true, path: '/' })
  })

  it('reading a session of connect-databank does not change its record', async () => {
    const { seed, store, read } = await both()
    await answerOf((done) => seed.set('a', sessionOf({ user: 'ann' }), done))
    const before = JSON.stringify(await read('session', 'a'))

    await store.get('a')
    await store.all()
    await store.cleanup()

    expect(JSON.stringify(await read('session', 'a'))).toBe(before)
  })

  it('a session of connect-databank without an expiry never ends', async () => {
    const { seed, store, read } = await both()
    await answerOf((done) => seed.set('a', sessionOf({ user: 'ann' }, null), done))

    const found = await store.get('a')
    await store.set('a', { ...found, more: 1 })

    expect(await read('session', 'a')).toEqual({
      ...sessionOf({ user: 'ann', more: 1 }, null),
      sid: 'a',
      _bank: { created: expect.any(Number) },
    })
  })

  it("connect-databank loads this store's sessions with their sid", async () => {
    const { seed, store } = await both()
    await store.set('a', sessionOf({ user: 'ann' }))

    const [error, found] = await answerOf((done) => seed.get('a', done))
    const [, all] = await answerOf((done) => seed.all(done))

    expect(error).toBeNull()
    expect(found).toMatchObject({ user: 'ann', sid: 'a', cookie: { originalMaxAge: HOUR, path: '/' } })
    expect(all).toHaveLength(1)
  })

  it('sessions that one store ends are gone in the other', async () => {
    const { seed, store } = await both()
    await store.set('ours', sessionOf())
    await answerOf((done) => seed.set('theirs', sessionOf(), done))

    await answerOf((done) => seed.destroy('ours', done))
    await store.destroy('theirs')

    expect(await store.get('ours')).toBeNull()
    expect(await answerOf((done) => seed.get('theirs', done))).toEqual([null, null])
  })

  it('changes of one store are visible in the other', async () => {
    const { seed, store } = await both()
    await store.set('a', sessionOf({ user: 'ann' }))
    const [, theirs] = await answerOf((done) => seed.get('a', done))
    await answerOf((done) => seed.set('a', { ...(theirs as object), color: 'red' }, done))

    const ours = (await store.get('a')) as Record<string, unknown>
    expect(ours).toMatchObject({ user: 'ann', color: 'red' })
    ours.size = 'L'
    await store.set('a', ours)

    expect((await answerOf((done) => seed.get('a', done)))[1]).toMatchObject({ user: 'ann', color: 'red', size: 'L' })
  })
})
