import { randomBytes } from 'node:crypto'
import { SessionStore, type StoreOptions, UnreadableRecordError } from '../src/index.ts'
import { BANKS } from './both-banks.ts'
import { Clock, cookie, HOUR, MINUTE, request } from './setup.ts'

type Encryption = NonNullable<StoreOptions['encryption']>

const [A, B] = [randomBytes(32), randomBytes(32)]

describe.each(BANKS)('sealed sessions on %s', (_, open) => {
  async function openBank() {
    const { bank, put, stored } = await open()
    const errors: Error[] = []
    const clock = new Clock()
    const withKeys = (encryption: Encryption | null, options: StoreOptions = {}) => {
      const given = { cleanupInterval: false, touchAfter: 0, encryption, ...options } as const
      const store = new SessionStore(bank, given, { component: 'test', now: clock.now })
      store.on('error', (error) => errors.push(error))
      return store
    }
    return { bank, put, stored, withKeys, errors, clock }
  }

  it('reveal nothing of their content in the bank, but are complete for the app', async () => {
    const { withKeys, stored } = await openBank()
    const store = withKeys({ keys: [A] })
    await store.save('a', { user: 'ann', cart: ['tea'], cookie: { path: '/shop' } })
    const text = JSON.stringify(await stored('a'))
    for (const canary of ['ann', 'user', 'tea', 'cart', 'shop', 'cookie']) expect(text).not.toContain(canary)
    expect(text).toMatch(/"sealed":"1\./)
    expect(await store.load('a')).toEqual({ user: 'ann', cart: ['tea'], cookie: { path: '/shop' } })
  })

  it('have a different text after each save, even if nothing was changed', async () => {
    const { withKeys, stored } = await openBank()
    const store = withKeys({ keys: [A] })
    await store.save('a', { n: 1, cookie: {} })
    const before = JSON.stringify(await stored('a'))
    await store.update('a', () => {})
    expect(JSON.stringify(await stored('a'))).not.toBe(before)
  })

  it('keep all guarantees: merges, logouts, touches, atomic updates', async () => {
    const { withKeys, clock } = await openBank()
    const store = withKeys({ keys: [A] })
    await store.save('a', { n: 0, cookie: cookie(HOUR, clock.now()) })
    const [one, other] = [await request(store, 'a'), await request(store, 'a')]
    one.session.x = 1
    other.session.y = 1
    await Promise.all([one.save(), other.save()])
    await Promise.all(Array.from({ length: 20 }, () => store.update('a', (session) => void session.n++)))
    expect(await store.load('a')).toMatchObject({ n: 20, x: 1, y: 1 })
    clock.advance(30 * MINUTE)
    const reader = await request(store, 'a')
    reader.session.cookie = cookie(HOUR, clock.now())
    await reader.touch()
    clock.advance(45 * MINUTE)
    expect(await store.load('a')).toMatchObject({ n: 20 })
    await store.destroy('a')
    await reader.save()
    expect(await store.load('a')).toBeNull()
  })

  it('end at the expiry that the bank sees, and at the end of maxLifetime', async () => {
    const { withKeys, clock } = await openBank()
    const store = withKeys({ keys: [A] }, { maxLifetime: 3 * HOUR })
    await store.save('a', { cookie: cookie(HOUR, clock.now()) })
    await store.save('b', { cookie: cookie(9 * HOUR, clock.now()) })
    clock.advance(2 * HOUR)
    expect(await store.length()).toBe(1)
    clock.advance(2 * HOUR)
    expect(await store.load('b')).toBeNull()
    expect(await store.length()).toBe(0)
  })

  it('open with older keys, and are sealed with the newest key at their next save, changed or not', async () => {
    const { withKeys, stored } = await openBank()
    await withKeys({ keys: [A] }).save('a', { n: 1, cookie: {} })
    const rotating = withKeys({ keys: [B, A] })
    const { session, save, touch } = await request(rotating, 'a')
    expect(session).toMatchObject({ n: 1 })
    const before = JSON.stringify(await stored('a'))
    await touch()
    expect(await withKeys({ keys: [A] }).load('a')).toMatchObject({ n: 1 })
    await save()
    expect(JSON.stringify(await stored('a'))).not.toBe(before)
    const rotated = JSON.stringify(await stored('a'))
    await save()
    expect(JSON.stringify(await stored('a'))).toBe(rotated)
    expect(await withKeys({ keys: [B] }).load('a')).toMatchObject({ n: 1 })
  })

  it('replace the plain sessions of a bank in use, each at its next save', async () => {
    const { withKeys, stored } = await openBank()
    await withKeys(null).save('a', { user: 'ann', cookie: {} })
    const { session, save } = await request(withKeys({ keys: [A] }), 'a')
    expect(session).toMatchObject({ user: 'ann' })
    await save()
    expect(JSON.stringify(await stored('a'))).not.toContain('ann')
    expect(await withKeys({ keys: [A], plain: false }).load('a')).toMatchObject({ user: 'ann' })
  })

  it('open and stay sealed with `seal: false`, and plain sessions stay plain', async () => {
    const { withKeys, stored } = await openBank()
    const first = withKeys({ keys: [A], seal: false })
    await first.save('plain', { user: 'ann', n: 0, cookie: {} })
    await withKeys({ keys: [A] }).save('sealed', { user: 'ann', n: 0, cookie: {} })
    for (const sid of ['plain', 'sealed']) {
      const { session, save } = await request(first, sid)
      session.n++
      await save()
      await save()
      await first.update(sid, (found) => void found.n++)
      expect(await first.load(sid)).toMatchObject({ n: 2 })
    }
    expect(await stored('plain')).toMatchObject({ user: 'ann', n: 2 })
    await first.save('sealed', { user: 'ann', n: 2, cookie: {} })
    expect(JSON.stringify(await stored('sealed'))).not.toContain('ann')
    expect(await first.find({ user: 'ann' })).toHaveLength(2)
  })

  describe('that cannot be opened', () => {
    async function expectUntouched(
      bank: Awaited<ReturnType<typeof openBank>>,
      store: SessionStore,
      why: RegExp,
      id = 'a',
    ): Promise<void> {
      const before = JSON.stringify(await bank.stored(id))
      bank.errors.length = 0
      expect(await store.load(id)).toBeNull()
      expect(bank.errors).toEqual([expect.any(UnreadableRecordError)])
      expect(bank.errors[0]?.message).toMatch(why)
      expect(await store.update(id, () => {})).toBeNull()
      await store.touch(id, { cookie: {} })
      await expect(store.save(id, { user: 'eve', cookie: {} })).rejects.toThrow(UnreadableRecordError)
      expect(await store.find({ user: 'ann' })).toEqual([])
      expect(JSON.stringify(await bank.stored(id))).toBe(before)
    }

    it('because a key is missing are not found and never overwritten', async () => {
      const bank = await openBank()
      await bank.withKeys({ keys: [A] }).save('a', { user: 'ann', cookie: {} })
      await expectUntouched(bank, bank.withKeys({ keys: [B] }), /not among `encryption.keys`/)
    })

    it('because there are no keys are not found and never overwritten', async () => {
      const bank = await openBank()
      await bank.withKeys({ keys: [A] }).save('a', { user: 'ann', cookie: {} })
      await expectUntouched(bank, bank.withKeys(null), /option `encryption`/)
    })

    it('because plain sessions are not allowed are not found and never overwritten', async () => {
      const bank = await openBank()
      await bank.withKeys(null).save('a', { user: 'ann', cookie: {} })
      await expectUntouched(bank, bank.withKeys({ keys: [A], plain: false }), /not sealed/)
    })

    it.each([true, false])(
      'because they are under another id are not found and never overwritten (hashIds: %s)',
      async (hashIds) => {
        const bank = await openBank()
        const store = bank.withKeys({ keys: [A] }, { hashIds })
        await store.save('other', { user: 'ann', cookie: {} })
        await store.save('a', { user: 'bob', cookie: {} })
        const records = await new Promise<object[]>((resolve) => {
          const all: object[] = []
          bank.bank.scan(
            'session',
            (value) => all.push(value as object),
            () => resolve(all),
          )
        })
        expect(records).toHaveLength(2)
        const [of, to] = hashIds ? [hashed('other'), hashed('a')] : ['other', 'a']
        await bank.put(to, (await bank.stored(of)) as object)
        bank.errors.length = 0
        expect(await store.load('a')).toBeNull()
        expect(bank.errors).toHaveLength(1)
        await expect(store.save('a', { cookie: {} })).rejects.toThrow(UnreadableRecordError)
      },
    )

    it('because their creation time was changed are not found', async () => {
      const { withKeys, stored, put } = await openBank()
      const store = withKeys({ keys: [A] })
      await store.save('a', { user: 'ann', cookie: {} })
      const record = (await stored('a')) as { _bank: { created: number } }
      record._bank.created++
      await put('a', record)
      expect(await store.load('a')).toBeNull()
    })

    it('cause one error event in each call that lists sessions', async () => {
      const { withKeys, errors } = await openBank()
      for (const sid of ['a', 'b']) await withKeys({ keys: [A] }).save(sid, { user: 'ann', cookie: {} })
      for (const store of [withKeys({ keys: [B] }), withKeys(null), withKeys({ keys: [B], plain: false })]) {
        for (const call of [() => store.all(), () => store.entries().next()]) {
          errors.length = 0
          await call()
          expect(errors).toEqual([expect.any(UnreadableRecordError)])
        }
      }
      errors.length = 0
      expect(await withKeys({ keys: [B] }).destroyWhere({ user: 'ann' })).toBe(0)
      expect(errors).toHaveLength(1)
    })

    it('do not affect the listing of other sessions', async () => {
      const { withKeys } = await openBank()
      await withKeys({ keys: [A] }).save('a', { user: 'ann', cookie: {} })
      const store = withKeys({ keys: [B] })
      await store.save('b', { user: 'ann', cookie: {} })
      expect((await store.find({ user: 'ann' })).map(({ sid }) => sid)).toEqual(['b'])
      expect(await store.all()).toHaveLength(1)
      expect(await store.destroyWhere({ user: 'ann' })).toBe(1)
      expect(await withKeys({ keys: [A] }).load('a')).toMatchObject({ user: 'ann' })
    })
  })

  it('count against maxBytes with their size before sealing', async () => {
    const { withKeys } = await openBank()
    const store = withKeys({ keys: [A] }, { maxBytes: 200 })
    await store.save('a', { text: 'x'.repeat(100), cookie: {} })
    await expect(store.save('b', { text: 'x'.repeat(200), cookie: {} })).rejects.toMatchObject({
      code: 'SESSIONBANK_TOO_LARGE',
    })
  })
})

const hashed = (sid: string) => {
  const { createHash } = jest.requireActual<typeof import('node:crypto')>('node:crypto')
  return `h1:${createHash('sha256').update(sid).digest('base64url')}`
}

describe('the option encryption', () => {
  const make = (encryption: unknown) => () => {
    const bank = { read() {}, save() {}, del() {}, scan() {} } as never
    return new SessionStore(bank, { cleanupInterval: false, encryption: encryption as Encryption })
  }

  it.each([
    ['no keys', {}],
    ['an empty list of keys', { keys: [] }],
    ['a key of 31 bytes', { keys: [randomBytes(31)] }],
    ['a key of 33 bytes in base64', { keys: [randomBytes(33).toString('base64')] }],
    ['a passphrase', { keys: ['correct horse battery staple'] }],
    ['a passphrase of 32 letters', { keys: ['correct-horse-battery-staple-cor'] }],
    ['an undefined key', { keys: [A, undefined] }],
    ['a key that is not in a list', { keys: A }],
    ['an environment variable that is not set', { keys: [process.env.NO_SUCH_SESSION_KEY] }],
    ['equal keys', { keys: [A, A.toString('hex')] }],
  ])('with %s is refused with the command that generates a key, and without quoting a key', (_, encryption) => {
    const { keys } = encryption as { keys?: unknown[] }
    try {
      make(encryption)()
      throw new Error('was not refused')
    } catch (error) {
      expect(error).toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
      expect((error as Error).message).toContain('openssl rand -base64 32')
      if (Array.isArray(keys)) for (const key of keys) expect((error as Error).message).not.toContain(String(key))
    }
  })

  it('with a missing key is refused with the likely reason', () => {
    expect(make({ keys: [A, undefined] })).toThrow('is its environment variable set?')
  })

  it.each([
    ['an unknown name', { keys: [A], blinded: [] }, 'did you mean "blind"'],
    ['a list instead of an object', [A], 'must be an object'],
    ['a text as blind', { keys: [A], blind: 'user' }, '"encryption.blind"'],
    ['a text as plain', { keys: [A], plain: 'no' }, '"encryption.plain"'],
    ['plain: false and seal: false', { keys: [A], plain: false, seal: false }, 'would not find'],
  ])('with %s is refused', (_, encryption, message) => {
    expect(make(encryption)).toThrow(message)
  })

  it('accepts a key as bytes, base64, base64url or hex', async () => {
    for (const key of [A, new Uint8Array(A), A.toString('base64'), A.toString('base64url'), A.toString('hex')]) {
      expect(make({ keys: [key] })).not.toThrow()
    }
  })
})
