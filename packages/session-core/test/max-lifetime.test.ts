import { type Bank, SessionStore, type StoreOptions } from '../src/index.ts'
import { type Clock, cookie, HOUR, openStore, request } from './setup.ts'

const storeOn = (bank: Bank, clock: Clock, options: StoreOptions) => {
  return new SessionStore(
    bank,
    { cleanupInterval: false, touchAfter: 0, ...options },
    { component: 'other', now: clock.now },
  )
}
const visit = async (store: SessionStore, clock: Clock) => {
  const { session, touch } = await request(store, 'a')
  session.cookie = cookie(HOUR, clock.now())
  await touch()
}

describe('maxLifetime', () => {
  it('ends a session that another app without a limit keeps touching', async () => {
    const { store, bank, clock } = await openStore({ maxLifetime: 3 * HOUR })
    const other = storeOn(bank, clock, {})
    await store.save('a', { cookie: cookie(HOUR, clock.now()) })
    for (let visits = 0; visits < 5; visits++) {
      clock.advance(HOUR / 2)
      await visit(other, clock)
    }
    expect((await store.load('a'))?.cookie.expires).toEqual(new Date(clock.now() + HOUR / 2))
    clock.advance(HOUR / 2)
    expect(await store.load('a')).toBeNull()
    expect(await store.all()).toEqual([])
  })

  it('ends existing sessions earlier if it is lowered, and shortens their expiry in the bank at the next touch', async () => {
    const { store, bank, clock } = await openStore({ maxLifetime: 30 * HOUR })
    await store.save('a', { cookie: cookie(20 * HOUR, clock.now()) })
    const strict = storeOn(bank, clock, { maxLifetime: 2 * HOUR })
    clock.advance(HOUR)
    await visit(strict, clock)
    clock.advance(HOUR)
    expect(await strict.load('a')).toBeNull()
    expect(await store.length()).toBe(0)
  })

  it("limits the bank's expiry after a touch", async () => {
    const { store: lenient, bank, clock } = await openStore()
    const strict = storeOn(bank, clock, { maxLifetime: 2 * HOUR })
    await strict.save('a', { cookie: cookie(HOUR, clock.now()) })
    const end = new Date(clock.now() + 2 * HOUR)
    clock.advance(HOUR * 0.9)
    await visit(strict, clock)
    await visit(lenient, clock)
    clock.advance(HOUR * 0.9)
    await visit(lenient, clock)
    await visit(strict, clock)
    expect((await lenient.load('a'))?.cookie.expires).toEqual(end)
  })

  it('counts from the first request if a session has no creation time', async () => {
    const { store: before, bank, clock } = await openStore()
    await before.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    const store = storeOn(bank, clock, { maxLifetime: 2 * HOUR })
    for (let visits = 0; visits < 4; visits++) {
      await visit(store, clock)
      clock.advance(HOUR / 2)
    }
    expect(await store.load('a')).toBeNull()
  })

  it('shortens the life of a session without a creation time at the first request', async () => {
    const { store: before, bank, clock } = await openStore()
    await before.save('a', { n: 1, cookie: cookie(30 * HOUR, clock.now()) })
    const store = storeOn(bank, clock, { maxLifetime: 2 * HOUR })
    await (await request(store, 'a')).touch()
    expect((await before.load('a'))?.cookie.expires).toEqual(new Date(clock.now() + 2 * HOUR))
  })

  it('ends a session that would otherwise never end', async () => {
    const { store, clock } = await openStore({ ttl: false, maxLifetime: 2 * HOUR })
    await store.save('a', { n: 1, cookie: {} })
    clock.advance(HOUR)
    const { session, save } = await request(store, 'a')
    session.n = 2
    await save()
    clock.advance(HOUR)
    expect(await store.load('a')).toBeNull()
  })

  it('limits a longer life that update() or a save chooses', async () => {
    const { store, clock } = await openStore({ maxLifetime: 2 * HOUR })
    await store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    await store.update('a', (session) => void Object.assign(session, { cookie: cookie(9 * HOUR, clock.now()) }))
    expect((await store.load('a'))?.cookie.expires).toEqual(new Date(clock.now() + 2 * HOUR))
    const { session, save } = await request(store, 'a')
    session.cookie = cookie(30 * HOUR, clock.now())
    await save()
    expect((await store.load('a'))?.cookie.expires).toEqual(new Date(clock.now() + 2 * HOUR))
  })
})
