import { cookieFrom, fixedEndOf, withFixedEnd, withKoaTimes } from '../src/translate.ts'
import { contextWith, HOUR, openStore } from './setup.ts'

const END = Date.UTC(2030, 0, 1)

describe("a session's cookie", () => {
  it("with an expiry becomes koa-session's _expire and _maxAge", () => {
    const session = { user: 'ann', cookie: { originalMaxAge: HOUR, expires: new Date(END), path: '/' } }

    expect(withKoaTimes(session, null)).toEqual({ user: 'ann', _expire: END, _maxAge: HOUR })
  })

  it.each([[null], [false as const], [0], [undefined]])('with an expires of %p becomes _session', (expires) => {
    expect(withKoaTimes({ user: 'ann', cookie: { expires } }, null)).toEqual({ user: 'ann', _session: true })
  })

  it("without times leaves them to koa-session's options", () => {
    expect(withKoaTimes({ user: 'ann', cookie: { path: '/' } }, null)).toEqual({ user: 'ann' })
  })

  it('with a fixed expiry becomes the remaining age, and gets its fixed expiry back', () => {
    const cookie = { originalMaxAge: null, expires: new Date(END) }
    const fixed = fixedEndOf(cookie, END - HOUR)

    const shown = withKoaTimes({ user: 'ann', cookie }, fixed)

    expect(shown).toEqual({ user: 'ann', _expire: END, _maxAge: HOUR })
    expect(cookieFrom(withFixedEnd({ ...shown, _expire: END + 5 }, fixed), {})).toEqual({ user: 'ann', cookie })
  })

  it('loses a fixed expiry if the app chooses an age', () => {
    const fixed = fixedEndOf({ expires: new Date(END) }, END - HOUR)
    const chosen = { _expire: END + HOUR, _maxAge: 2 * HOUR }

    expect(withFixedEnd(chosen, fixed)).toBe(chosen)
  })

  it.each(['text', Number.NaN, {}, true])('has no expiry if _expire is %p', (_expire) => {
    const { cookie } = cookieFrom({ _expire: _expire as never, _maxAge: null }, {})

    expect(Number(cookie.expires ?? Number.NaN)).toBeNaN()
  })

  it('is created from _expire and _maxAge', () => {
    expect(cookieFrom({ user: 'ann', _expire: END, _maxAge: HOUR }, {})).toEqual({
      user: 'ann',
      cookie: { originalMaxAge: HOUR, expires: new Date(END) },
    })
  })

  it('is created from _session', () => {
    expect(cookieFrom({ user: 'ann', _session: true }, {})).toEqual({
      user: 'ann',
      cookie: { originalMaxAge: null, expires: null },
    })
  })

  it('is the same after a round trip', () => {
    const cookie = { originalMaxAge: HOUR, expires: new Date(END), path: '/a', secure: true }

    expect(cookieFrom(withKoaTimes({ user: 'ann', cookie }, null), cookie)).toEqual({ user: 'ann', cookie })
  })

  it('takes only the attributes of a cookie from the options', () => {
    const options = {
      path: '/',
      domain: 'example.com',
      httpOnly: true,
      secure: false,
      sameSite: 'lax',
      partitioned: true,
      priority: 'high',
      key: 'koa.sess',
      rolling: true,
      maxAge: 5,
      signed: true,
    } as const

    expect(cookieFrom({ _session: true }, options).cookie).toEqual({
      originalMaxAge: null,
      expires: null,
      path: '/',
      domain: 'example.com',
      httpOnly: true,
      secure: false,
      sameSite: 'lax',
      partitioned: true,
      priority: 'high',
    })
  })

  it('omits an attribute that is null or absent', () => {
    expect(cookieFrom({ _session: true }, { path: null, sameSite: undefined }).cookie).toEqual({
      originalMaxAge: null,
      expires: null,
    })
  })

  it('cannot be a key of the app: such a session is refused, and the stored one is kept', async () => {
    const { store, read } = await openStore()
    await store.set('a', { user: 'ann', _session: true })

    await expect(store.set('a', { cookie: 'mine', _session: true })).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_SESSION',
      message: expect.stringContaining('"cookie"'),
    })
    expect(await read('a')).toMatchObject({ user: 'ann' })
  })
})

describe('in the bank', () => {
  it('a session of Koa has the same form as one of Express, with the attributes of ctx.sessionOptions', async () => {
    const { store, read } = await openStore()
    const ctx = contextWith('', { path: '/', httpOnly: true, sameSite: 'lax', key: 'koa.sess' })
    const expires = Date.now() + HOUR

    await store.set('a', { user: 'ann', _expire: expires, _maxAge: HOUR }, HOUR, { ctx })

    expect(await read('a')).toEqual({
      user: 'ann',
      sid: 'a',
      _bank: { created: expect.any(Number) },
      cookie: {
        originalMaxAge: HOUR,
        expires: new Date(expires).toISOString(),
        path: '/',
        httpOnly: true,
        sameSite: 'lax',
      },
    })
  })

  it('a session keeps the attributes that another framework chose', async () => {
    const { store, read } = await openStore()
    const cookie = { originalMaxAge: HOUR, expires: new Date(Date.now() + HOUR), path: '/shop', secure: true }
    await store.sessions.save('a', { user: 'ann', cookie })
    const ctx = contextWith('', { path: '/', secure: false })

    const session = await store.get('a', HOUR, { ctx })
    await store.set('a', { ...session, color: 'red' }, HOUR, { ctx })

    expect(await read('a')).toMatchObject({ color: 'red', cookie: { path: '/shop', secure: true } })
  })

  it("a session has none of koa-session's private keys", async () => {
    const { store, read } = await openStore()

    await store.set('a', { user: 'ann', _session: true })

    expect(Object.keys(await read('a')).filter((key) => key.startsWith('_') && key !== '_bank')).toEqual([])
  })
})
