import { createHash } from 'node:crypto'
import { InvalidSessionIdError, SessionStore, type StoreOptions, sessionHandle } from '../src/index.ts'
import { BANKS } from './both-banks.ts'
import { request } from './setup.ts'

const SID = 'a-random-session-id'
const HASHED = `h1:${createHash('sha256').update(SID).digest('base64url')}`

describe.each(BANKS)('hashed ids on %s', (_, open) => {
  async function openBank() {
    const { bank } = await open()
    const withIds = (hashIds: NonNullable<StoreOptions['hashIds']>) => {
      return new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, hashIds })
    }
    return { bank, hashing: withIds(true), migrating: withIds('migrate'), plain: withIds(false) }
  }

  /** Returns all values that the bank holds for sessions. */
  async function heldBy(bank: Awaited<ReturnType<typeof open>>['bank']): Promise<Record<string, unknown>[]> {
    const held: Record<string, unknown>[] = []
    await new Promise<void>((resolve, reject) => {
      bank.scan(
        'session',
        (value) => held.push(value as Record<string, unknown>),
        (error) => (error ? reject(error) : resolve()),
      )
    })
    return held
  }

  it('keep the session id out of the bank', async () => {
    const { bank, hashing } = await openBank()
    await hashing.save(SID, { user: 'ann', cookie: {} })
    await hashing.update(SID, (session) => ({ ...session, n: 1 }))
    const held = await heldBy(bank)
    expect(held).toEqual([expect.objectContaining({ user: 'ann', n: 1, sid: HASHED })])
    expect(held[0]).toMatchObject({ _bank: { hashed: true } })
    expect(JSON.stringify(held)).not.toContain(SID)
  })

  it('find the session by its session id until it is ended', async () => {
    const { hashing } = await openBank()
    await hashing.save(SID, { n: 0, cookie: {} })
    const one = await request(hashing, SID)
    const other = await request(hashing, SID)
    one.session.x = 1
    other.session.y = 1
    await Promise.all([one.save(), other.save()])
    expect(await hashing.load(SID)).toEqual({ n: 0, x: 1, y: 1, cookie: {} })
    await hashing.destroy(SID)
    await one.save()
    expect(await hashing.load(SID)).toBeNull()
    expect(await hashing.length()).toBe(0)
  })

  it.each(['hashing', 'migrating', 'plain'] as const)(
    'from the bank give no access to a session (%s)',
    async (mode) => {
      const stores = await openBank()
      await stores.hashing.save(SID, { user: 'ann', cookie: {} })
      expect(await stores[mode].load(HASHED)).toBeNull()
      await expect(stores[mode].save(HASHED, { user: 'eve', cookie: {} })).rejects.toThrow(InvalidSessionIdError)
      await expect(stores[mode].touch(HASHED, { cookie: {} })).rejects.toThrow(InvalidSessionIdError)
      await expect(stores[mode].destroy(HASHED)).rejects.toThrow(/hashed session id/)
      expect(await stores[mode].update(HASHED, () => {})).toBeNull()
      expect(await stores.hashing.load(SID)).toMatchObject({ user: 'ann' })
    },
  )

  it('do not find a record that was moved between a hashed and a plain id', async () => {
    const { bank, hashing, migrating, plain } = await openBank()
    const errors: Error[] = []
    for (const store of [hashing, migrating, plain]) store.on('error', (error) => errors.push(error))
    await hashing.save(SID, { user: 'ann', cookie: {} })
    const [record] = await heldBy(bank)
    const plant = (id: string, value: object) => new Promise((done) => bank.save('session', id, value, done))
    await plant('moved', { ...record, sid: 'moved' })
    await plant(HASHED, { user: 'eve', cookie: {}, sid: HASHED })
    for (const store of [migrating, plain]) expect(await store.load('moved')).toBeNull()
    for (const store of [hashing, migrating]) expect(await store.load(SID)).toBeNull()
    expect(errors.map(({ message }) => message)).toEqual(Array(4).fill(expect.stringContaining('cannot read')))
  })

  it('list sessions with a handle and without a session id', async () => {
    const { hashing } = await openBank()
    await hashing.save(SID, { user: 'ann', cookie: {} })
    const [found] = await hashing.find({ user: 'ann' })
    expect(found).toEqual(expect.objectContaining({ handle: sessionHandle(SID), session: { user: 'ann', cookie: {} } }))
    expect(found).not.toHaveProperty('sid')
    expect(await hashing.all()).toEqual([{ user: 'ann', cookie: {} }])
    for await (const entry of hashing.entries()) expect(entry).toEqual(found)
  })

  it('allow destroyWhere() by criteria, by handle, and with except', async () => {
    const { hashing } = await openBank()
    for (const sid of ['a', 'b', 'c', 'd']) await hashing.save(sid, { user: 'ann', cookie: {} })
    expect(await hashing.destroyWhere({ user: 'ann' }, { handle: sessionHandle('a') })).toBe(1)
    expect(await hashing.load('a')).toBeNull()
    expect(await hashing.destroyWhere({ user: 'ann' }, { except: 'b' })).toBe(2)
    expect(await hashing.load('b')).toMatchObject({ user: 'ann' })
  })

  it('are refused in except', async () => {
    const { hashing } = await openBank()
    await hashing.save(SID, { user: 'ann', cookie: {} })
    await expect(hashing.destroyWhere({ user: 'ann' }, { except: HASHED })).rejects.toThrow('this one is hashed')
    expect(await hashing.load(SID)).toMatchObject({ user: 'ann' })
  })

  it('are not shown as session ids by a store without hashIds', async () => {
    const { hashing, plain } = await openBank()
    await hashing.save(SID, { user: 'ann', cookie: {} })
    expect((await plain.find({ user: 'ann' }))[0]).not.toHaveProperty('sid')
    expect((await plain.all())[0]).not.toHaveProperty('sid')
  })

  it('do not overwrite a record without the mark of hashed ids', async () => {
    const { bank, hashing } = await openBank()
    const record = { user: 'eve', cookie: {}, sid: HASHED, _bank: { created: 1 } }
    await new Promise((done) => bank.save('session', HASHED, record, done))
    hashing.on('error', () => {})
    await expect(hashing.save(SID, { user: 'ann', cookie: {} })).rejects.toMatchObject({
      code: 'SESSIONBANK_UNREADABLE',
    })
    expect(await heldBy(bank)).toEqual([record])
  })

  it('keep the order of destroyWhere() and the saves of a session', async () => {
    const { hashing } = await openBank()
    await hashing.save(SID, { user: 'ann', n: 0, cookie: {} })
    const slow = await request(hashing, SID)
    slow.session.n = 1
    await Promise.all([hashing.destroyWhere({ user: 'ann' }), slow.save()])
    await slow.save()
    expect(await hashing.load(SID)).toBeNull()
  })

  it('keep a key `sid` of the app', async () => {
    const { hashing } = await openBank()
    await hashing.save(SID, { sid: "the app's own", cookie: {} })
    expect(await hashing.load(SID)).toEqual({ sid: "the app's own", cookie: {} })
    await hashing.save('other', { sid: `h1:${createHash('sha256').update('other').digest('base64url')}`, cookie: {} })
    expect(await hashing.load('other')).toHaveProperty('sid')
  })

  it('are different for session ids that UTF-8 cannot encode', async () => {
    const { hashing } = await openBank()
    await hashing.save('\ud800', { n: 1, cookie: {} })
    expect(await hashing.load('\ud800')).toMatchObject({ n: 1 })
    expect(await hashing.load('\ud801')).toBeNull()
  })

  describe('in a bank in use', () => {
    it('find older sessions under their ids until they end, and hash new ids', async () => {
      const { bank, migrating, plain } = await openBank()
      await plain.save('older', { user: 'ann', n: 0, cookie: {} })
      const { session, save } = await request(migrating, 'older')
      session.n = 1
      await save()
      await migrating.update('older', (found) => void found.n++)
      await migrating.save('newer', { user: 'bob', cookie: {} })
      expect(await plain.load('older')).toMatchObject({ n: 2 })
      expect((await heldBy(bank)).map(({ sid }) => sid).sort()).toEqual([expect.stringMatching(/^h1:/), 'older'])
      expect(await migrating.load('newer')).toMatchObject({ user: 'bob' })
    })

    it('keep one record if an older session is replaced by hand', async () => {
      const { migrating, plain } = await openBank()
      await plain.save('older', { n: 0, cookie: {} })
      await migrating.save('older', { n: 1, cookie: {} })
      expect(await migrating.load('older')).toEqual({ n: 1, cookie: {} })
      expect(await migrating.length()).toBe(1)
    })

    it('find no older session if the one under the hashed id cannot be read', async () => {
      const { bank, migrating, plain } = await openBank()
      migrating.on('error', () => {})
      await plain.save(SID, { user: 'older', cookie: {} })
      await new Promise((done) => bank.save('session', HASHED, { user: 'eve', cookie: {}, sid: HASHED }, done))
      expect(await migrating.load(SID)).toBeNull()
    })

    it('let destroy() end a session under its plain and its hashed id', async () => {
      const { hashing, migrating, plain } = await openBank()
      await plain.save(SID, { n: 0, cookie: {} })
      await hashing.save(SID, { n: 1, cookie: {} })
      await migrating.destroy(SID)
      expect(await migrating.length()).toBe(0)
    })

    it('let destroyWhere() end both older and new sessions', async () => {
      const { migrating, plain } = await openBank()
      await plain.save('older', { user: 'ann', cookie: {} })
      await migrating.save('newer', { user: 'ann', cookie: {} })
      await migrating.save('this', { user: 'ann', cookie: {} })
      expect(await migrating.destroyWhere({ user: 'ann' }, { except: 'this' })).toBe(2)
      expect(await migrating.length()).toBe(1)
    })

    it('without "migrate" hide an older session from load(), but not from find() and destroyWhere()', async () => {
      const { hashing, plain } = await openBank()
      await plain.save(SID, { user: 'ann', cookie: {} })
      expect(await hashing.load(SID)).toBeNull()
      expect(await hashing.length()).toBe(1)
      expect(await hashing.find({ user: 'ann' })).toEqual([expect.objectContaining({ handle: sessionHandle(SID) })])
      expect(await hashing.destroyWhere({ user: 'ann' })).toBe(1)
      expect(await plain.load(SID)).toBeNull()
    })
  })
})

it('an unknown mode of hashIds is refused', async () => {
  const [[, open] = []] = BANKS as unknown as [string, () => Promise<{ bank: never }>][]
  const { bank } = await (open as () => Promise<{ bank: never }>)()
  expect(() => new SessionStore(bank, { hashIds: 'yes' as never })).toThrow('true, false or "migrate"')
})
