import * as fc from 'fast-check'
import { withAge } from '../src/adapter.ts'
import { isoTime } from '../src/expiry.ts'
import { SessionStore } from '../src/index.ts'
import { cookie, HOUR, MINUTE, openStore, request } from './setup.ts'

const DAY = 24 * HOUR

describe('expiry', () => {
  it.each([
    ['a Date', (time: number) => new Date(time)],
    ['a string', (time: number) => new Date(time).toISOString()],
    ['a number', (time: number) => time],
  ])('is taken from a cookie whose expires is %s, and returned as a Date', async (_, expiresAt) => {
    const { store, clock } = await openStore()
    await store.save('a', { cookie: { expires: expiresAt(clock.now() + MINUTE) } })
    clock.advance(MINUTE - 1)
    expect((await store.load('a'))?.cookie.expires).toEqual(new Date(clock.now() + 1))
    expect(await store.length()).toBe(1)
    clock.advance(1)
    expect(await store.load('a')).toBeNull()
    expect(await store.length()).toBe(0)
    expect(await store.all()).toEqual([])
  })

  it.each([[null], [0], [false]])(
    'is none if the cookie says %s, and the cookie is returned unchanged',
    async (expires) => {
      const { store, clock } = await openStore({ ttl: false })
      await store.save('a', { cookie: { expires: expires as never } })
      clock.advance(1_000 * DAY)
      expect((await store.load('a'))?.cookie.expires).toBe(expires)
      expect(await store.cleanup()).toMatchObject({ removed: 0 })
    },
  )

  it('comes from ttl if the cookie has none, and is not added to the cookie', async () => {
    const { store, clock } = await openStore({ ttl: HOUR })
    await store.save('a', { cookie: { originalMaxAge: null, expires: null } })
    clock.advance(HOUR - 1)
    expect((await store.load('a'))?.cookie).toEqual({ originalMaxAge: null, expires: null })
    clock.advance(1)
    expect(await store.load('a')).toBeNull()
  })

  it('is ttl after the last touch', async () => {
    const { store, clock } = await openStore({ ttl: HOUR })
    await store.save('a', { cookie: {} })
    for (let i = 0; i < 5; i++) {
      clock.advance(HOUR - 1)
      await (await request(store, 'a')).touch()
    }
    expect(await store.load('a')).not.toBeNull()
  })

  it('is extended by a touch, and loaded in the cookie', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    clock.advance(MINUTE)
    const one = await request(store, 'a')
    one.session.cookie = cookie(HOUR, clock.now())
    await one.touch()
    expect((await store.load('a'))?.cookie).toEqual(cookie(HOUR, clock.now()))
  })

  it('is extended by a touch of an object that was not loaded, whose data are ignored', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { n: 1, cookie: { expires: new Date(clock.now() + MINUTE) } })
    await store.touch('a', { n: 2, cookie: { expires: new Date(clock.now() + HOUR) } })
    expect(await store.load('a')).toMatchObject({ n: 1, cookie: { expires: new Date(clock.now() + HOUR) } })
  })

  it('is not extended by less than touchAfter', async () => {
    const { store, clock, bank } = await openStore({ touchAfter: MINUTE })
    await store.save('a', { cookie: cookie(HOUR, clock.now()) })
    const save = jest.spyOn(bank, 'save')
    const first = clock.now() + HOUR
    clock.advance(MINUTE - 1)
    await (await request(store, 'a')).touch()
    expect(save).not.toHaveBeenCalled()
    expect((await store.load('a'))?.cookie.expires).toEqual(new Date(first))
    clock.advance(1)
    await (await request(store, 'a')).touch()
    expect((await store.load('a'))?.cookie.expires).toEqual(new Date(first + MINUTE))
  })

  describe('at a touch', () => {
    const cases = [
      ['any time if the life is under 10 minutes', 10 * MINUTE - 1, 1],
      ['1 % of the life', 10 * MINUTE, 6_000],
      ['one minute if the life is ten days', 240 * HOUR, MINUTE],
      ['1 % of ttl if the cookie has no age', null, 36_000],
    ] as const
    it.each(cases)('is extended by default if it moves by %s', async (_, age, move) => {
      const { store, clock, bank } = await openStore({ ttl: HOUR, touchAfter: undefined })
      await store.save('a', { cookie: age === null ? {} : cookie(age, clock.now()) })
      const save = jest.spyOn(bank, 'save')
      clock.advance(move - 1)
      await (await request(store, 'a')).touch()
      expect(save).not.toHaveBeenCalled()
      clock.advance(1)
      await (await request(store, 'a')).touch()
      expect(save).toHaveBeenCalledTimes(1)
    })

    it('is not extended if touchAfter is Infinity', async () => {
      const { store, clock, bank } = await openStore({ ttl: HOUR, touchAfter: Number.POSITIVE_INFINITY })
      await store.save('a', { cookie: {} })
      const save = jest.spyOn(bank, 'save')
      clock.advance(HOUR - 1)
      await (await request(store, 'a')).touch()
      expect(save).not.toHaveBeenCalled()
    })
  })

  it('never exceeds maxLifetime after any touches and saves', async () => {
    const { store, clock } = await openStore({ maxLifetime: 3 * HOUR, ttl: 2 * HOUR })
    const end = clock.now() + 3 * HOUR
    await store.save('a', { n: 0, cookie: cookie(2 * HOUR, clock.now()) })
    await store.save('b', { n: 0, cookie: {} })
    for (let i = 0; i < 2; i++) {
      clock.advance(HOUR)
      for (const sid of ['a', 'b']) {
        const one = await request(store, sid)
        one.session.n++
        await one.save()
        await one.touch()
      }
    }
    expect(await store.load('a')).toMatchObject({ n: 2, cookie: { expires: new Date(end) } })
    clock.advance(HOUR)
    expect(await store.load('a')).toBeNull()
    expect(await store.load('b')).toBeNull()
  })

  it.each([
    ['unchanged', {}],
    ['as an age', { showCookie: withAge }],
  ])('never moves if the cookie has only a date, which the framework gets %s', async (_, framework) => {
    const { bank, clock } = await openStore()
    const store = new SessionStore(
      bank,
      { cleanupInterval: false, touchAfter: 0 },
      { component: 'test', now: clock.now, ...framework },
    )
    const expires = new Date(clock.now() + HOUR)
    await store.save('a', { n: 0, cookie: { expires } })
    for (let i = 0; i < 3; i++) {
      clock.advance(10 * MINUTE)
      const one = await request(store, 'a')
      const left = 'showCookie' in framework ? { originalMaxAge: expires.getTime() - clock.now() } : {}
      expect(one.session.cookie).toEqual({ expires, ...left })
      one.session.n++
      await one.save()
      await one.touch()
      expect((await store.load('a'))?.cookie.expires).toEqual(expires)
    }
  })

  it('stays "never" for a session with ttl false, even if a store with a ttl touches it', async () => {
    const { store: eternal, bank, clock } = await openStore({ ttl: false })
    const brief = new SessionStore(
      bank,
      { cleanupInterval: false, touchAfter: 0, ttl: HOUR },
      { component: 'brief', now: clock.now },
    )
    await eternal.save('a', { n: 0, cookie: {} })
    const visitor = await request(brief, 'a')
    await visitor.touch()
    visitor.session.n++
    await visitor.save()
    clock.advance(1_000 * DAY)
    expect(await brief.load('a')).toMatchObject({ n: 1 })
  })

  it('is written in the form of Date.prototype.toISOString', () => {
    fc.assert(fc.property(fc.date({ noInvalidDate: true }), (date) => isoTime(date.getTime()) === date.toISOString()))
  })
})
