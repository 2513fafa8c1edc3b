import { sign } from 'cookie-signature'
import { externalKey } from '../src/index.ts'
import { contextWith, cookieSetBy } from './setup.ts'

const SECRET = 'the newest secret'
const OLDER = 'an older secret'
/** With all that a cookie cannot hold as it is. */
const SIDS = ['x4Tg-_', 'with space', 'a;b,c="d"', '100%', 'ünï语😀', 's:odd', 'a.b.c', '%41']

/** The cookie as express-session writes it. */
const signed = (sid: string, secret = SECRET) => `sid=${encodeURIComponent(`s:${sign(sid, secret)}`)}`
const { externalKey: shared } = externalKey({ secret: SECRET, name: 'sid' })

describe('externalKey', () => {
  it('gives koa-session its options: the name, no signature of its own, and how to read and write', () => {
    expect(externalKey({ secret: SECRET })).toEqual({
      key: 'connect.sid',
      signed: false,
      externalKey: { get: expect.any(Function), set: expect.any(Function) },
    })
    expect(externalKey({ secret: SECRET, name: 'sid' }).key).toBe('sid')
  })

  it.each(SIDS)('reads the cookie that express-session wrote for %p', (sid) => {
    expect(shared.get(contextWith(signed(sid)))).toBe(sid)
  })

  it.each(SIDS)('writes the cookie that express-session would write for %p', (sid) => {
    const ctx = contextWith()

    shared.set(ctx, sid)

    const { name, value } = cookieSetBy(ctx)
    expect(`${name}=${value}`).toBe(signed(sid))
  })

  it.each(SIDS)('reads what it wrote for %p', (sid) => {
    const ctx = contextWith()
    shared.set(ctx, sid)
    const { value } = cookieSetBy(ctx)

    expect(shared.get(contextWith(`sid=${value}`))).toBe(sid)
  })

  it.each([
    ['no cookie', ''],
    ['a cookie of another name', signed('a').replace('sid=', 'other=')],
    ['an empty one', 'sid='],
    ['one that nobody signed', 'sid=a'],
    ['one without the prefix', `sid=${sign('a', SECRET)}`],
    ['one with the prefix alone', `sid=${encodeURIComponent('s:')}`],
    ['one with an empty signature', `sid=${encodeURIComponent('s:a.')}`],
    ['the signature of another secret', signed('a', 'a guess')],
    ['an altered id', signed('a').replace('a.', 'b.')],
    ['an altered signature', `${signed('a')}x`],
    ['a cut signature', signed('a').slice(0, -4)],
    ['broken escapes', 'sid=%E0%A4%A'],
    ['a lone percent sign', 'sid=%'],
    ['JSON, as express-session calls it', `sid=${encodeURIComponent('j:{"a":1}')}`],
  ])('takes %s for no session', (_, cookie) => {
    expect(shared.get(contextWith(cookie))).toBe('')
  })

  it('refuses an option that it does not know', () => {
    expect(() => externalKey({ secret: SECRET, nmae: 'sid' } as never)).toThrow(
      'unknown option "nmae": known names are secret, name',
    )
    expect(() => externalKey({ secret: SECRET, nam: 'sid' } as never)).toThrow(
      'unknown option "nam": did you mean "name"? Known names are secret, name',
    )
  })

  describe('with several secrets', () => {
    const { externalKey: rotated } = externalKey({ secret: [SECRET, OLDER], name: 'sid' })

    it('accepts what any of them signed', () => {
      expect(rotated.get(contextWith(signed('a', SECRET)))).toBe('a')
      expect(rotated.get(contextWith(signed('a', OLDER)))).toBe('a')
      expect(rotated.get(contextWith(signed('a', 'neither')))).toBe('')
    })

    it('signs with the first', () => {
      const ctx = contextWith()

      rotated.set(ctx, 'a')

      expect(`sid=${cookieSetBy(ctx).value}`).toBe(signed('a', SECRET))
    })

    it('keeps its own list: the one that was handed in may change', () => {
      const secrets = [SECRET]
      const { externalKey: kept } = externalKey({ secret: secrets, name: 'sid' })
      secrets.unshift('put in later')
      const ctx = contextWith()

      kept.set(ctx, 'a')

      expect(`sid=${cookieSetBy(ctx).value}`).toBe(signed('a', SECRET))
    })
  })

  it("gives the cookie the attributes of koa-session's options", () => {
    const options = { maxAge: 60_000, path: '/app', domain: 'example.com', sameSite: 'strict', httpOnly: false }
    const ctx = contextWith('', { ...options, key: 'sid', signed: true, rolling: true })

    shared.set(ctx, 'a')

    const { attributes } = cookieSetBy(ctx)
    expect(attributes).toEqual(
      expect.arrayContaining([
        'path=/app',
        'domain=example.com',
        'samesite=strict',
        expect.stringMatching(/^expires=/),
      ]),
    )
    expect(attributes).not.toContain('httponly')
  })

  it.each([['session'], [undefined], [null]])('lets the cookie end with the browser where maxAge is %p', (maxAge) => {
    const ctx = contextWith('', { maxAge })

    shared.set(ctx, 'a')

    expect(cookieSetBy(ctx).attributes.join()).not.toMatch(/expires|max-age/)
  })

  it.each([
    [{}],
    [{ secret: '' }],
    [{ secret: [] }],
    [{ secret: [SECRET, ''] }],
    [{ secret: [SECRET, 5] }],
    [{ secret: 5 }],
    [{ secret: null }],
    [{ secret: {} }],
  ])('wants a secret, and not %j', (options) => {
    expect(() => externalKey(options as never)).toThrow(
      expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION', message: expect.stringContaining('secret') }),
    )
  })

  it.each([[''], [5], [null]])('wants a name, and not %j', (name) => {
    expect(() => externalKey({ secret: SECRET, name: name as never })).toThrow(
      expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION', message: expect.stringContaining('name') }),
    )
  })
})
