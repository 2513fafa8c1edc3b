import * as fc from 'fast-check'
import { type SessionCookie, sameCookie, soundCookie } from '../src/cookie.ts'

const { Cookie } = jest.requireActual<{
  Cookie: new (cookie: object) => { serialize(name: string, value: string): string }
}>('express-session')

const cookies = fc.record(
  {
    originalMaxAge: fc.option(fc.integer({ min: 5_000, max: 9_000_000 })),
    expires: fc.constantFrom<SessionCookie['expires']>(
      null,
      0,
      false,
      '2030-01-01T00:00:00.000Z',
      Date.UTC(2031, 1),
      new Date(Date.UTC(2032, 1)),
    ),
    path: fc.constantFrom('/', '/app', null),
    httpOnly: fc.constantFrom(true, false, null),
    secure: fc.constantFrom(true, false, null),
    sameSite: fc.constantFrom('lax', 'strict', null, false),
  },
  { requiredKeys: [] },
)

describe('two cookies', () => {
  it('mean the same if one is the other after a round trip through JSON', () => {
    fc.assert(fc.property(cookies, (cookie) => sameCookie(cookie, JSON.parse(JSON.stringify(cookie)))))
  })

  it('are compared with the same result in either order', () => {
    fc.assert(fc.property(cookies, cookies, (a, b) => sameCookie(a, b) === sameCookie(b, a)))
  })

  it.each([
    [{}, { path: '/', httpOnly: true, secure: false, sameSite: null, domain: undefined }],
    [
      { originalMaxAge: 60_000, expires: 1 },
      { originalMaxAge: 60_900, expires: 2 },
    ],
    [{ originalMaxAge: 60_000 }, { originalMaxAge: 60_000, originalExpires: '2030-01-01T00:00:00.000Z' }],
    [{ expires: '2030-01-01T00:00:00.000Z' }, { expires: Date.UTC(2030, 0, 1), originalMaxAge: null }],
    [{ expires: 0 }, { expires: false }],
  ])('mean the same if they are %j and %j', (a, b) => {
    expect(sameCookie(a as never, b as never)).toBe(true)
  })

  it.each([
    [{ originalMaxAge: 60_000 }, { originalMaxAge: 62_000 }],
    [{ originalMaxAge: 60_000 }, { originalMaxAge: null }],
    [{ expires: '2030-01-01T00:00:00.000Z' }, { expires: '2030-01-02T00:00:00.000Z' }],
    [{ httpOnly: false }, {}],
    [{ path: '/app' }, {}],
    [{}, { path: '/app' }],
    [{ secure: true }, {}],
  ])('do not mean the same if they are %j and %j', (a, b) => {
    expect(sameCookie(a, b)).toBe(false)
  })
})

describe('a sound cookie', () => {
  it.each(['path', 'domain', 'sameSite', 'priority'] as const)('has a %s only if a Set-Cookie allows it', (name) => {
    const anything = fc.oneof(
      fc.anything(),
      fc.string(),
      fc.constantFrom('/', 'lax', 'high', 'example.com', true, null),
    )
    fc.assert(
      fc.property(anything, (value) => {
        const cookie = { originalMaxAge: null, expires: null, [name]: value } as SessionCookie
        const sound = soundCookie(cookie)
        expect(() => new Cookie(sound).serialize('sid', 'a')).not.toThrow()
        expect(soundCookie(sound)).toBe(sound)
        const { [name]: _, ...rest } = cookie
        expect([cookie, rest]).toContainEqual(sound)
      }),
    )
  })

  it.each([
    { path: '/shop', domain: '.example.com', sameSite: 'Lax', priority: 'high' },
    { path: null, domain: null, sameSite: null, priority: null },
    { sameSite: true, path: '', secure: 'auto' as const, httpOnly: null, partitioned: true },
  ])('is unchanged if it is %j', (cookie) => {
    expect(soundCookie(cookie)).toBe(cookie)
  })
})
