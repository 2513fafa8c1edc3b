import * as fc from 'fast-check'
import { LONGEST_AGE, type SessionCookie, soundCookie } from '../src/cookie.ts'
import { isoTime } from '../src/expiry.ts'
import { cookie, HOUR, openStore, request } from './setup.ts'

const YEAR = 365 * 24 * HOUR

/** Values that are not times. */
const NONSENSE: unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e16,
  1e20,
  '',
  'never',
  '3600000ms',
  '2030-13-01T00:00:00.000Z',
  '2030-01-01T25:00:00.000Z',
  new Date(Number.NaN),
  {},
  [],
  [1],
  true,
  0n,
  5n,
  () => 5,
  Symbol('time'),
  undefined,
]
/** Values that are times, but not ages. */
const TIMES: unknown[] = [new Date(), new Date().toISOString(), 'Tue, 01 Jan 2030 00:00:00 GMT']

const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true }),
  fc.constantFrom(...NONSENSE, ...TIMES, 0, -5, 1.5, HOUR, -1e20, 8.64e15, -8.64e15, null, false),
)
const cookies = fc.record({ expires: anything, originalMaxAge: anything, maxAge: anything }, { requiredKeys: [] })

describe('a sound cookie', () => {
  it('has an expiry that is a time or means "none", and ages within the range of a Date', () => {
    fc.assert(
      fc.property(cookies, (odd) => {
        const { expires, ...ages } = soundCookie(odd as SessionCookie)
        if (expires) expect(Number.isNaN(new Date(expires).getTime()) && !(Number(expires) < 0)).toBe(false)
        else expect([null, undefined, 0, false]).toContain(expires)
        for (const age of [ages.originalMaxAge, ages.maxAge]) {
          if (age != null && age !== false) expect(new Date(Date.now() + (age as number)).getTime()).not.toBeNaN()
        }
      }),
    )
  })

  it('states an expiry or age if the original cookie does', () => {
    fc.assert(
      fc.property(cookies, (odd) => {
        const sound = JSON.parse(JSON.stringify(soundCookie(odd as SessionCookie)))
        for (const name of ['expires', 'originalMaxAge']) expect(name in sound).toBe(name in odd)
      }),
    )
  })

  it('is returned unchanged', () => {
    fc.assert(
      fc.property(cookies, (odd) => {
        const sound = soundCookie(odd as SessionCookie)
        expect(soundCookie(sound)).toBe(sound)
      }),
    )
  })

  it.each([
    { originalMaxAge: HOUR, expires: '2030-01-01T00:00:00.000Z', path: '/' },
    { originalMaxAge: null, expires: null },
    { originalMaxAge: -1.5, expires: new Date(0) },
    { expires: false as const, originalMaxAge: false as const },
    { expires: 0 },
    { originalMaxAge: LONGEST_AGE },
    {},
  ])('is unchanged if it is %j', (sound) => {
    expect(soundCookie(sound)).toBe(sound)
  })
})

describe('a session whose cookie has invalid times', () => {
  it.each(NONSENSE.map((value) => [value]))(
    'is saved, touched, updated and found as one without an expiry (%p as expires or age)',
    async (odd) => {
      for (const times of [{ expires: odd }, { originalMaxAge: odd }, { expires: odd, originalMaxAge: odd }]) {
        const { store, clock } = await openStore({ ttl: false })
        await store.save('a', { n: 1, cookie: { expires: null, originalMaxAge: null, ...times } as never })
        const one = await request(store, 'a')
        one.session.n++
        Object.assign(one.session.cookie, times)
        await one.save()
        await one.touch()
        await store.update('a', (session) => {
          Object.assign(session.cookie, times)
          session.n++
        })

        clock.advance(100 * YEAR)
        expect(await store.load('a')).toEqual({ n: 3, cookie: { expires: null, originalMaxAge: null } })
        expect(await store.all()).toHaveLength(1)
        expect(await store.cleanup()).toMatchObject({ removed: 0 })
      }
    },
  )

  it.each(NONSENSE.filter(isJson).map((value) => [value]))(
    'is loaded without an expiry and can be changed (%p in a stored record)',
    async (odd) => {
      const { store, bank } = await openStore({ ttl: false })
      const stored = { n: 1, cookie: { expires: odd, originalMaxAge: odd, maxAge: odd, path: '/' }, sid: 'a' }
      await new Promise((resolve) => bank.save('session', 'a', stored, resolve))

      const one = await request(store, 'a')

      expect(one.session.cookie).toEqual({ expires: null, originalMaxAge: null, path: '/' })
      one.session.n++
      await one.save()
      expect(await store.load('a')).toEqual({ n: 2, cookie: { expires: null, originalMaxAge: null, path: '/' } })
    },
  )

  it.each(TIMES)('is loaded without an age and keeps its date (an age of %p)', async (age) => {
    const { store, clock } = await openStore()
    const expires = new Date(clock.now() + HOUR)
    await store.save('a', { cookie: { expires, originalMaxAge: age as never } })

    expect((await store.load('a'))?.cookie).toEqual({ expires, originalMaxAge: null })
    clock.advance(HOUR)
    expect(await store.load('a')).toBeNull()
  })

  it('replaces an existing session', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    const one = await request(store, 'a')
    one.session.cookie.originalMaxAge = 'an hour' as never
    one.session.n++

    await one.save()

    expect(await store.load('a')).toMatchObject({ n: 2 })
  })
})

describe('an age of 0 or less', () => {
  it.each([0, -1, -1.5, -YEAR])('ends a session (%d ms)', async (age) => {
    const { store, clock } = await openStore()
    await store.save('a', { cookie: cookie(HOUR, clock.now()) })
    const one = await request(store, 'a')
    one.session.cookie = cookie(age, clock.now())

    await one.touch()

    expect(await store.load('a')).toBeNull()
    expect(await store.length()).toBe(0)
  })

  it('ends a session that was stored with a later date, at its next touch', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { cookie: { originalMaxAge: -5, expires: new Date(clock.now() + HOUR) } })
    const one = await request(store, 'a')
    one.session.cookie = cookie(-5, clock.now())

    await one.touch()

    expect(await store.load('a')).toBeNull()
  })

  it.each([-1e20, -8.64e15, '1969-12-31', new Date(-1)])('given as a date ends a session (%p)', async (expires) => {
    const { store } = await openStore()
    await store.save('a', { cookie: { expires } })
    expect(await store.load('a')).toBeNull()
  })
})

describe('an expiry before the age is over', () => {
  it.each([
    ['in the past', -HOUR],
    ['at the first moment', Number.NEGATIVE_INFINITY],
  ])('ends the session (%s) if an app sets it', async (_, ms) => {
    const { store, clock } = await openStore()
    await store.save('a', { cookie: cookie(HOUR, clock.now()) })
    const one = await request(store, 'a')
    one.session.cookie.expires = new Date(Math.max(0, clock.now() + ms))

    await one.save()

    expect(await store.load('a')).toBeNull()
  })

  it('stays until the age restarts if an app sets it', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { n: 1, cookie: cookie(3 * HOUR, clock.now()) })
    const one = await request(store, 'a')
    one.session.cookie.expires = new Date(clock.now() + HOUR)
    await one.save()
    await one.touch()
    clock.advance(HOUR - 1)
    expect((await store.load('a'))?.n).toBe(1)

    clock.advance(1)

    expect(await store.load('a')).toBeNull()
  })

  it('has no effect if it comes from an older request', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    const slow = await request(store, 'a')
    clock.advance(0.9 * HOUR)
    const other = await request(store, 'a')
    other.session.cookie = cookie(HOUR, clock.now())
    await other.touch()
    clock.advance(0.9 * HOUR)

    slow.session.n++
    await slow.save()
    await slow.touch()

    expect((await store.load('a'))?.n).toBe(2)
  })
})

describe('a life beyond the range of a Date', () => {
  it.each([
    { originalMaxAge: LONGEST_AGE },
    { originalMaxAge: LONGEST_AGE, expires: new Date(8.64e15) },
    { expires: 8.64e15 },
    { expires: new Date(8.64e15).toISOString(), originalMaxAge: 1.5 },
  ])('is saved, touched and found: %j', async (times) => {
    const { store, clock } = await openStore({ maxLifetime: 1e300 })
    await store.save('a', { n: 1, cookie: times })
    for (let use = 0; use < 3; use++) {
      clock.advance(HOUR)
      const one = await request(store, 'a')
      await one.touch()
      one.session.n++
      await one.save()
    }
    expect(await store.load('a')).toMatchObject({ n: 4 })
  })

  it('is written as the last or the first Date', () => {
    expect(isoTime(1e300)).toBe(new Date(8.64e15).toISOString())
    expect(isoTime(Number.NEGATIVE_INFINITY)).toBe(new Date(-8.64e15).toISOString())
  })

  it.each([1e20, -1e20, 'never', {}])('in a stored record causes no error: %p', async (expires) => {
    const { store, bank } = await openStore()
    const stored = { n: 1, cookie: { expires: 'never' }, sid: 'a', _bank: { expires } }
    await new Promise((resolve) => bank.save('session', 'a', stored, resolve))

    const found = await store.load('a')

    expect(found?.n).toBe(expires === -1e20 ? undefined : 1)
    await store.cleanup()
  })
})

describe('a cookie with an age whose date was removed', () => {
  it('restarts its age at the next touch, as in the frameworks', async () => {
    const { store, clock } = await openStore({ ttl: false })
    await store.save('a', { cookie: { originalMaxAge: HOUR, expires: false } })
    clock.advance(100 * YEAR)
    const one = await request(store, 'a')
    one.session.cookie = cookie(HOUR, clock.now())

    await one.touch()

    expect((await store.load('a'))?.cookie.expires).toEqual(new Date(clock.now() + HOUR))
    clock.advance(HOUR)
    expect(await store.load('a')).toBeNull()
  })

  it('has the longer of ttl and age as its life', async () => {
    const { store, clock } = await openStore({ ttl: HOUR })
    await store.save('a', { cookie: { originalMaxAge: 3 * HOUR, expires: false } })
    await store.save('b', { cookie: { originalMaxAge: 5, expires: false } })
    clock.advance(HOUR - 1)
    expect(await store.load('b')).not.toBeNull()
    clock.advance(HOUR)
    expect(await store.load('a')).not.toBeNull()
    expect(await store.load('b')).toBeNull()
  })
})

/** Returns whether JSON keeps the value, so that a record can hold it. */
function isJson(value: unknown): boolean {
  try {
    const text = JSON.stringify(value)
    return text !== undefined && typeof JSON.parse(text) === typeof value && value !== undefined && text !== 'null'
  } catch {
    return false
  }
}
