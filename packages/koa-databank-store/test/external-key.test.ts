import { sign } from 'cookie-signature'
import { externalKey } from '../src/index.ts'
import { contextWith, cookieSetBy } from './setup.ts'

const SECRET = 'the newest secret'
const OLDER = 'an older secret'
/** Ids with all kinds of characters that a cookie must escape. */
const SIDS = ['x4Tg-_', 'with space', 'a;b,c="d"', '100%', 'ünï语😀', 's:odd', 'a.b.c', '%41']

/** Returns the cookie as express-session writes it. */
const signed = (sid: string, secret = SECRET) => `sid=${encodeURIComponent(`s:${sign(sid, secret)}`)}`
const { externalKey: shared } = externalKey({ secret: SECRET, name: 'sid' })

describe('externalKey', () => {
  it("returns koa-session's options: the name, `signed: false`, and functions to read and write the id", () => {
    expect(externalKey({ secret: SECRET })).toEqual({
      key: 'connect.sid',
      signed: false,
      externalKey: { get: expect.any(Function), set: expect.any(Function) },
    })
    expect(externalKey({ secret: SECRET, name: 'sid' }).key).toBe('sid')
  })

  it.each(SIDS)("reads express-session's cookie for %p", (sid) => {
    expect(shared.get(contextWith(signed(sid)))).toBe(sid)
  })

  it.each(SIDS)('writes the same cookie as express-session for %p', (sid) => {
    const ctx = contextWith()

    shared.set(ctx, sid)

    const { name, value } = cookieSetBy(ctx)
    expect(`${name}=${value}`).toBe(signed(sid))
  })

  it.each(SIDS)('reads its own cookie for %p', (sid) => {
    const ctx = contextWith()
    shared.set(ctx, sid)
    const { value } = cookieSetBy(ctx)

    expect(shared.get(contextWith(`sid=${value}`))).toBe(sid)
  })

  it.each([
    ['no cookie', ''],
    ['a cookie of another name', signed('a').replace('sid=', 'other=')],
    ['an empty one', 'sid='],
    ['one without a signature', 'sid=a'],
    ['one without the prefix', `sid=${sign('a', SECRET)}`],
    ['one with the prefix alone', `sid=${encodeURIComponent('s:')}`],
    ['one with an empty signature', `sid=${encodeURIComponent('s:a.')}`],
    ['the signature of another secret', signed('a', 'a guess')],
    ['an altered id', signed('a').replace('a.', 'b.')],
    ['an altered signature', `${signed('a')}x`],
    ['a cut signature', signed('a').slice(0, -4)],
    ['broken escapes', 'sid=%E0%A4%A'],
    ['a lone percent sign', 'sid=%'],
    ['JSON, as express-session writes it', `sid=${encodeURIComponent('j:{"a":1}')}`],
  ])('returns no id for %s', (_, cookie) => {
    expect(shared.get(contextWith(cookie))).toBe('')
  })

  it('refuses an unknown option', () => {
    expect(() => externalKey({ secret: SECRET, nmae: 'sid' } as never)).toThrow(
      'unknown option "nmae": known names are secret, name',
    )
    expect(() => externalKey({ secret: SECRET, nam: 'sid' } as never)).toThrow(
      'unknown option "nam": did you mean "name"? Known names are secret, name',
    )
  })

  describe('with several secrets', () => {
    const { externalKey: rotated } = externalKey({ secret: [SECRET, OLDER], name: 'sid' })

    it('accepts a signature with any of them', () => {
      expect(rotated.get(contextWith(signed('a', SECRET)))).toBe('a')
      expect(rotated.get(contextWith(signed('a', OLDER)))).toBe('a')
      expect(rotated.get(contextWith(signed('a', 'neither')))).toBe('')
    })

    it('signs with the first', () => {
      const ctx = contextWith()

      rotated.set(ctx, 'a')

      expect(`sid=${cookieSetBy(ctx).value}`).toBe(signed('a', SECRET))
    })

    it('copies the list, so that later changes have no effect', () => {
      const secrets = [SECRET]
      const { externalKey: kept } = externalKey({ secret: secrets, name: 'sid' })
      secrets.unshift('put in later')
      const ctx = contextWith()

      kept.set(ctx, 'a')

      expect(`sid=${cookieSetBy(ctx).value}`).toBe(signed('a', SECRET))
    })
  })

  it("applies the cookie attributes in koa-session's options", () => {
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

  it.each([['session'], [undefined], [null]])('writes a session cookie if maxAge is %p', (maxAge) => {
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
  ])('refuses %j as the secret', (options) => {
    expect(() => externalKey(options as never)).toThrow(
      expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION', message: expect.stringContaining('secret') }),
    )
  })

  it.each([[''], [5], [null]])('refuses %j as the name', (name) => {
    expect(() => externalKey({ secret: SECRET, name: name as never })).toThrow(
      expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION', message: expect.stringContaining('name') }),
    )
  })
})
