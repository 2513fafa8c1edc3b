import * as fc from 'fast-check'
import { Link } from '../src/adapter.ts'
import { InvalidOptionError, type SessionData, SessionStore } from '../src/index.ts'
import { SessionImport } from '../src/maintenance.ts'
import { BANKS } from './both-banks.ts'
import { Clock, cookie, HOUR, MINUTE, openStore, request } from './setup.ts'

const DAY = 24 * HOUR

/** An app that logs out administrators after a quarter of an hour. */
const ttl = (session: SessionData) => (session.admin ? 15 * MINUTE : DAY)

/** Returns how long the session lives from now on; null: for ever. */
async function lifeOf(store: SessionStore, now: number): Promise<number | null> {
  const [found] = await store.find({ user: 'ann' })
  if (!found) throw new Error('there is no such session')
  return found.expiresAt && found.expiresAt.getTime() - now
}

describe('a ttl that is a function', () => {
  it('determines the life of a session by its content, at the first save and at each touch', async () => {
    const { store, clock } = await openStore({ ttl })
    await store.save('a', { user: 'ann', admin: true, cookie: {} })
    expect(await lifeOf(store, clock.now())).toBe(15 * MINUTE)
    clock.advance(10 * MINUTE)
    await (await request(store, 'a')).touch()
    expect(await lifeOf(store, clock.now())).toBe(15 * MINUTE)
    clock.advance(15 * MINUTE)
    expect(await store.load('a')).toBeNull()
  })

  it('shortens a life only if a save or an update changes its result', async () => {
    const { store, clock } = await openStore({ ttl })
    await store.save('a', { user: 'ann', cookie: {} })
    const one = await request(store, 'a')
    one.session.admin = true
    await one.save()
    expect(await lifeOf(store, clock.now())).toBe(15 * MINUTE)
    await store.update('a', (session) => void delete session.admin)
    expect(await lifeOf(store, clock.now())).toBe(DAY)
    await store.update('a', (session) => void Object.assign(session, { admin: true }))
    expect(await lifeOf(store, clock.now())).toBe(15 * MINUTE)
    clock.advance(MINUTE)
    await store.update('a', (session) => void Object.assign(session, { n: 1 }))
    expect(await lifeOf(store, clock.now())).toBe(14 * MINUTE)
  })

  it('does not shorten a life that another store chose', async () => {
    const { store, bank, clock } = await openStore({ ttl })
    const longer = new SessionStore(bank, { ttl: 30 * DAY, cleanupInterval: false }, { component: 'x', now: clock.now })
    await longer.save('a', { user: 'ann', cookie: {} })
    const one = await request(store, 'a')
    one.session.n = 1
    await one.save()
    await (await request(store, 'a')).touch()
    expect(await lifeOf(store, clock.now())).toBe(30 * DAY)
  })

  it.each(['save', 'touch'] as const)(
    'gets the content that another request has stored meanwhile, in a %s',
    async (method) => {
      const { store, clock } = await openStore({ ttl })
      await store.save('a', { user: 'ann', cookie: {} })
      const [slow, login] = [await request(store, 'a'), await request(store, 'a')]
      login.session.admin = true
      await login.save()
      if (method === 'save') slow.session.cart = ['book']
      await slow[method]()
      expect(await lifeOf(store, clock.now())).toBe(15 * MINUTE)
    },
  )

  it('is called in a merge with the merged content, not with the content of the request alone', async () => {
    const { store, clock } = await openStore({
      ttl(session) {
        if (session.items && !session.cart) throw new Error('items without a cart')
        return HOUR
      },
    })
    await store.save('a', { user: 'ann', cookie: {} })
    const [items, cart] = [await request(store, 'a'), await request(store, 'a')]
    cart.session.cart = 1
    await cart.save()
    items.session.n = 1
    await items.save()
    items.session.items = ['book']
    await items.save()
    expect(await store.load('a')).toMatchObject({ n: 1, cart: 1, items: ['book'] })
    expect(await lifeOf(store, clock.now())).toBe(HOUR)
  })

  it('is not called for a session whose cookie has an expiry', async () => {
    const { store, clock } = await openStore({
      ttl() {
        throw new Error('it was asked')
      },
    })
    await store.save('a', { user: 'ann', cookie: cookie(HOUR, clock.now()) })
    const one = await request(store, 'a')
    one.session.n = 1
    await one.save()
    await one.touch()
    expect(await lifeOf(store, clock.now())).toBe(HOUR)
  })

  it('returns false for a session that never ends, and cannot change the session', async () => {
    const { store, clock } = await openStore({
      ttl(session) {
        session.user = 'eve'
        session.cookie.expires = 1
        return false
      },
    })
    await store.save('a', { user: 'ann', cookie: {} })
    expect(await lifeOf(store, clock.now())).toBeNull()
    expect(await store.load('a')).toEqual({ user: 'ann', cookie: {} })
  })

  it('cannot exceed maxLifetime', async () => {
    const { store, clock } = await openStore({ ttl, maxLifetime: HOUR })
    await store.save('a', { user: 'ann', cookie: {} })
    expect(await lifeOf(store, clock.now())).toBe(HOUR)
  })

  it('determines when a session was last used', async () => {
    const { store, clock } = await openStore({ ttl })
    await store.save('a', { user: 'ann', admin: true, cookie: {} })
    clock.advance(MINUTE)
    const used = clock.now()
    await (await request(store, 'a')).touch()
    clock.advance(MINUTE)
    expect((await store.find({ user: 'ann' }))[0]?.lastUsedAt).toEqual(new Date(used))
  })

  it('determines the life of an imported session without an expiry', async () => {
    const { store, bank, clock } = await openStore({ ttl })
    await new SessionImport(bank, { ttl }).add({
      sid: 'a',
      session: { user: 'ann', admin: true, cookie: {} },
      expires: undefined,
    })
    clock.time = Date.now() + 15 * MINUTE + HOUR
    expect(await store.load('a')).toBeNull()
  })

  it.each(BANKS)(
    'determines the expiry by the last use and the stored content, for any concurrent requests, on %s',
    async (_, open) => {
      const step = fc.record({
        request: fc.nat(2),
        action: fc.constantFrom('load', 'save', 'touch', 'admin', 'user', 'update'),
        later: fc.integer({ min: 0, max: 5 * MINUTE }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          const { bank } = await open()
          const clock = new Clock()
          clock.time = Date.now()
          const options = { ttl, touchAfter: 0, cleanupInterval: false as const }
          const store = new SessionStore(bank, options, { component: 'test', now: clock.now })
          await store.save('a', { user: 'ann', cookie: {} })
          const requests = [await request(store, 'a'), await request(store, 'a'), await request(store, 'a')]
          for (const { request: n, action, later } of steps) {
            clock.advance(later)
            const one = requests[n] as Awaited<ReturnType<typeof request>>
            if (action === 'load') requests[n] = await request(store, 'a')
            else if (action === 'touch') await one.touch()
            else {
              if (action === 'admin' || action === 'user') one.session.admin = action === 'admin'
              if (action === 'save') one.session[`n${n}`] = clock.now()
              await one.save()
            }
            if (action === 'load') continue
            const [found] = await store.find({ user: 'ann' })
            expect(found?.expiresAt).toEqual(new Date(clock.now() + ttl(found?.session as SessionData)))
          }
        }),
      )
    },
  )
})

describe('a broken ttl function', () => {
  const WRONG: [name: string, answer: () => unknown][] = [
    ['undefined', () => undefined],
    ['null', () => null],
    ['NaN', () => Number.NaN],
    ['Infinity', () => Number.POSITIVE_INFINITY],
    ['a number that is not above 0', () => 0],
    ['a number that is not above 0', () => -1],
    ['string', () => 'canary'],
    ['boolean', () => true],
    ['a promise', () => Promise.resolve(1)],
    ['a promise', () => Promise.reject(new Error('canary'))],
  ]

  it.each(WRONG)(
    'fails each save, touch and update if it returns %s, and the stored session is kept',
    async (name, answer) => {
      let isWrong = false
      const { store, bank, clock } = await openStore({ ttl: () => (isWrong ? answer() : HOUR) as number })
      await store.save('a', { user: 'ann', cookie: {} })
      const one = await request(store, 'a')
      const before = await lifeOf(store, clock.now())
      isWrong = true
      one.session.user = 'canary'
      const failures = [
        store.save('new', { user: 'canary', cookie: {} }),
        one.save(),
        one.touch(),
        store.update('a', (session) => void Object.assign(session, { user: 'canary' })),
      ]
      for (const failure of failures) {
        const error = await failure.then(() => null).catch((thrown) => thrown)
        expect(error).toBeInstanceOf(InvalidOptionError)
        expect(error.message).toContain(`returned ${name}`)
        expect(error.message).not.toContain('canary')
      }
      expect(await store.load('new')).toBeNull()
      expect(await store.load('a')).toMatchObject({ user: 'ann' })
      expect((await store.find({ user: 'ann' }))[0]?.lastUsedAt).toBeNull()
      isWrong = false
      expect(await lifeOf(store, clock.now())).toBe(before)
      await one.save()
      expect(await store.load('a')).toMatchObject({ user: 'canary' })
      await bank.disconnect?.(() => {})
    },
  )

  it('fails a save with the error as the cause if it throws', async () => {
    const thrown = new TypeError('canary')
    const { store } = await openStore({
      ttl() {
        throw thrown
      },
    })
    const error = await store.save('a', { cookie: {} }, new Link()).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION', cause: thrown })
    expect(error.message).toMatch(/threw TypeError: nothing was written$/)
    expect(await store.load('a')).toBeNull()
  })
})
