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
  it('ends a session that another app, which knows no such limit, keeps touching', async () => {
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

  it('ends sessions earlier from the moment it is lowered, and the bank learns of it by the next touch', async () => {
    const { store, bank, clock } = await openStore({ maxLifetime: 30 * HOUR })
    await store.save('a', { cookie: cookie(20 * HOUR, clock.now()) })
    const strict = storeOn(bank, clock, { maxLifetime: 2 * HOUR })
    clock.advance(HOUR)
    await visit(strict, clock)
    clock.advance(HOUR)
    expect(await strict.load('a')).toBeNull()
    expect(await store.length()).toBe(0)
  })

  it('is what the bank holds too, after a touch', async () => {
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

  it('is counted from its first request for a session that was made before there was a limit', async () => {
    const { store: before, bank, clock } = await openStore()
    await before.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    const store = storeOn(bank, clock, { maxLifetime: 2 * HOUR })
    for (let visits = 0; visits < 4; visits++) {
      await visit(store, clock)
      clock.advance(HOUR / 2)
    }
    expect(await store.load('a')).toBeNull()
  })

  it('cuts the life of such a session at that request, however long it was to be', async () => {
    const { store: before, bank, clock } = await openStore()
    await before.save('a', { n: 1, cookie: cookie(30 * HOUR, clock.now()) })
    const store = storeOn(bank, clock, { maxLifetime: 2 * HOUR })
    await (await request(store, 'a')).touch()
    expect((await before.load('a'))?.cookie.expires).toEqual(new Date(clock.now() + 2 * HOUR))
  })

  it('ends a session that would otherwise live for ever', async () => {
    const { store, clock } = await openStore({ ttl: false, maxLifetime: 2 * HOUR })
    await store.save('a', { n: 1, cookie: {} })
    clock.advance(HOUR)
    const { session, save } = await request(store, 'a')
    session.n = 2
    await save()
    clock.advance(HOUR)
    expect(await store.load('a')).toBeNull()
  })

  it('is not outlived by a longer life that update() or a save gives', async () => {
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
