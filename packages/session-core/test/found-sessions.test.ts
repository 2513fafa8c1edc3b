import { SessionStore } from '../src/index.ts'
import { BANKS } from './both-banks.ts'
import { Clock, cookie, HOUR, MINUTE, openStore, request } from './setup.ts'

/** Returns the only session of a store, as `find` returns it. */
async function foundIn(store: SessionStore) {
  const [found] = await store.find({ user: 'ann' })
  if (!found) throw new Error('there is no such session')
  return found
}

describe.each(BANKS)('on %s', (_, open) => {
  async function openWithAnn() {
    const clock = new Clock()
    const { bank } = await open()
    const store = new SessionStore(
      bank,
      { cleanupInterval: false, touchAfter: 0 },
      { component: 'test', now: clock.now },
    )
    const start = clock.now()
    await store.save('sid-a', { user: 'ann', cookie: cookie(HOUR, start) })
    return { store, bank, clock, start }
  }

  describe('a found session', () => {
    it('has its times, its id and a handle', async () => {
      const { store, clock, start } = await openWithAnn()
      clock.advance(MINUTE)
      const { session, touch } = await request(store, 'sid-a')
      session.cookie = cookie(HOUR, clock.now())
      await touch()
      clock.advance(MINUTE)

      const found = await foundIn(store)
      expect(found).toEqual({
        handle: expect.any(String),
        sid: 'sid-a',
        session: { user: 'ann', cookie: expect.objectContaining({ originalMaxAge: HOUR }) },
        createdAt: new Date(start),
        lastUsedAt: new Date(start + MINUTE),
        expiresAt: new Date(start + MINUTE + HOUR),
      })
    })

    it('is the same in entries()', async () => {
      const { store } = await openWithAnn()
      await store.save('sid-b', { user: 'bob', cookie: {} })
      const entries = []
      for await (const entry of store.entries()) entries.push(entry)
      expect(entries).toHaveLength(2)
      expect(entries).toContainEqual(await foundIn(store))
    })
  })

  it('destroyWhere() with a handle ends only that session', async () => {
    const { store } = await openWithAnn()
    await store.save('sid-b', { user: 'ann', cookie: {} })
    const { handle, sid } = await foundIn(store)
    expect(await store.destroyWhere({ user: 'bob' }, { handle })).toBe(0)
    expect(await store.destroyWhere({ user: 'ann' }, { handle, except: sid as string })).toBe(0)
    expect(await store.destroyWhere({ user: 'ann' }, { handle: [handle] })).toBe(1)
    expect((await foundIn(store)).handle).not.toBe(handle)
    expect(await store.destroyWhere({ user: 'ann' }, { handle: 'no handle' })).toBe(0)
  })
})

describe('the handle of a session', () => {
  it('stays the same as long as the session keeps its id, and does not reveal it', async () => {
    const { store } = await openStore()
    await store.save('sid-a', { user: 'ann', cookie: {} })
    const { handle } = await foundIn(store)
    await store.update('sid-a', (session) => void Object.assign(session, { n: 1 }))
    expect((await foundIn(store)).handle).toBe(handle)
    expect(handle).toMatch(/^[\w-]{22}$/)
    expect(handle).not.toContain('sid-a')
  })
})

describe('the times of a found session', () => {
  it.each([
    ['the ttl for a session cookie', {}, HOUR],
    ['the age of the cookie', cookie(2 * HOUR, new Clock().now()), 2 * HOUR],
  ])('contain the last use, calculated from %s', async (_, shown, life) => {
    const { store, clock } = await openStore({ ttl: HOUR })
    const start = clock.now()
    await store.save('a', { user: 'ann', cookie: shown })
    clock.advance(MINUTE)
    expect(await foundIn(store)).toMatchObject({ lastUsedAt: new Date(start), expiresAt: new Date(start + life) })
  })

  it.each([
    ['a fixed expiry', {}, (now: number) => ({ expires: new Date(now + HOUR) })],
    ['no expiry', { ttl: false as const }, () => ({})],
    ['an age without an expiry', {}, () => ({ originalMaxAge: HOUR })],
    ['an expiry that maxLifetime chose', { maxLifetime: MINUTE }, () => ({})],
  ])('do not contain the last use with %s', async (_, options, cookieAt) => {
    const { store, clock } = await openStore(options)
    await store.save('a', { user: 'ann', cookie: cookieAt(clock.now()) })
    expect((await foundIn(store)).lastUsedAt).toBeNull()
  })

  it('do not contain a last use in the future, if another store gave the session a longer life', async () => {
    const { store, bank, clock } = await openStore({ ttl: 2 * HOUR })
    await store.save('a', { user: 'ann', cookie: {} })
    const other = new SessionStore(
      bank,
      { ttl: HOUR, cleanupInterval: false, touchAfter: 0 },
      { component: 'test', now: clock.now },
    )
    expect(await foundIn(other)).toMatchObject({ lastUsedAt: null, createdAt: new Date(clock.now()) })
  })

  it('do not contain the creation time if the record does not', async () => {
    const { store, bank } = await openStore()
    await new Promise((resolve) => bank.save('session', 'a', { user: 'ann', sid: 'a', cookie: {} }, resolve))
    expect(await foundIn(store)).toMatchObject({ createdAt: null, lastUsedAt: null, expiresAt: null })
  })
})
