import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OperationError, type Records } from '@sessionbank/databank-kit'
import { describeWith, redis } from '@sessionbank/test-servers'
import { type OpenBank, openDatabank, SessionStore, type StoreOptions, sessionHandle } from '../src/index.ts'
import { endByHandle, rehash, reindex, SessionImport } from '../src/maintenance.ts'

const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
const [A, B] = [randomBytes(32), randomBytes(32)]
const blind = ['user.id']
const folder = mkdtempSync(join(tmpdir(), 'maintenance-'))
afterAll(() => rmSync(folder, { recursive: true }))
let folders = 0

const disk = () => `disk:${join(folder, String(folders++))}`

async function fill(store: SessionStore, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await store.save(`sid-${n}`, { user: { id: n % 2 }, n, cookie: {} })
}

/** Returns the texts that the bank holds, by id. */
async function heldBy(bank: OpenBank): Promise<Map<string, string>> {
  const held = new Map<string, string>()
  for await (const [id, { json }] of bank.records?.('session').entries() ?? []) held.set(id, json)
  return held
}

function storeOn(bank: OpenBank, options: StoreOptions = {}): SessionStore {
  const store = new SessionStore(bank, { cleanupInterval: false, ...options })
  store.on('error', () => {})
  return store
}

describe('rehash()', () => {
  it.each([
    ['plain', null],
    ['sealed', { keys: [A], blind }],
  ])('moves %s sessions to the hashed form of their ids, with content and expiry', async (_, encryption) => {
    await using bank = await openDatabank(disk(), { schema })
    await fill(storeOn(bank, { encryption }), 3)
    await storeOn(bank, { encryption }).save('own', {
      sid: 'own',
      cookie: { originalMaxAge: 5e6, expires: '2099-01-01T00:00:00.000Z' },
    })
    const ends = new Map<string, Date | null>()
    for await (const { handle, expiresAt } of storeOn(bank, { encryption }).entries()) ends.set(handle, expiresAt)

    expect(await rehash(bank, { encryption })).toEqual({ moved: 4, unreadable: [] })
    const held = await heldBy(bank)
    expect([...held.keys()].every((id) => id.startsWith('h1:'))).toBe(true)
    expect([...held.values()].join()).not.toMatch(/sid-\d/)
    const store = storeOn(bank, { encryption, hashIds: true })
    expect(await store.load('sid-1')).toMatchObject({ user: { id: 1 }, n: 1 })
    expect(await store.load('own')).toMatchObject({ sid: 'own', cookie: { originalMaxAge: 5e6 } })
    for await (const { handle, expiresAt } of store.entries()) expect(expiresAt).toEqual(ends.get(handle))
    expect(await store.find({ 'user.id': 1 })).toHaveLength(1)
    expect(await rehash(bank, { encryption })).toEqual({ moved: 0, unreadable: [] })
  })

  it('continues after an interruption, and keeps a session that was used since', async () => {
    await using bank = await openDatabank(disk())
    await fill(storeOn(bank), 1)
    const [[, stored] = ['', '']] = await heldBy(bank)
    await rehash(bank)
    await bank.records?.('session').write('sid-0', stored, { expires: null })
    const store = storeOn(bank, { hashIds: true })
    await store.update('sid-0', (session) => void Object.assign(session, { n: 'newer' }))
    expect(await rehash(bank)).toEqual({ moved: 1, unreadable: [] })
    expect((await heldBy(bank)).size).toBe(1)
    expect(await store.load('sid-0')).toMatchObject({ n: 'newer' })
  })

  it('loses no session if the bank fails', async () => {
    await using bank = await openDatabank(disk())
    await fill(storeOn(bank), 3)
    const before = await heldBy(bank)
    const records = bank.records?.('session') as Records
    const full = Object.assign(Object.create(bank), {
      records: (type: string) => (type === 'session' ? failing : bank.records?.(type)),
    })
    const failing = {
      write: () => Promise.reject(new OperationError('the disk is full')),
      entries: () => records.entries(),
      delete: (id: string) => records.delete(id),
    }
    await expect(rehash(full)).rejects.toThrow('the disk is full')
    expect(await heldBy(bank)).toEqual(before)
  })

  it('leaves unreadable records unchanged, and returns their handles', async () => {
    await using bank = await openDatabank(disk())
    await storeOn(bank, { encryption: { keys: [A] } }).save('sealed', { cookie: {} })
    const before = await heldBy(bank)
    const unreadable = [sessionHandle('sealed')]
    expect(await rehash(bank)).toEqual({ moved: 0, unreadable })
    expect(await rehash(bank, { encryption: { keys: [B] } })).toEqual({ moved: 0, unreadable })
    expect(await heldBy(bank)).toEqual(before)
  })
})

describe('reindex()', () => {
  it('seals all sessions with the newest key, and keeps their expiry and creation time', async () => {
    await using bank = await openDatabank(disk())
    await storeOn(bank).save('plain', { n: 1, cookie: {} })
    await storeOn(bank, { encryption: { keys: [A] } }).save('older', { n: 2, cookie: { originalMaxAge: 5e6 } })
    const both = { encryption: { keys: [B, A] } }
    const before = await storeOn(bank, both).entries().next()
    expect(await reindex(bank, both)).toEqual({ written: 2, unreadable: [] })
    const only = storeOn(bank, { encryption: { keys: [B], plain: false } })
    expect(await only.load('plain')).toMatchObject({ n: 1 })
    expect(await only.load('older')).toMatchObject({ n: 2 })
    expect(await only.entries().next()).toEqual(before)
  })

  it('loses no change of an app that runs at the same time', async () => {
    await using bank = await openDatabank(disk(), { schema })
    await fill(storeOn(bank), 20)
    const encryption = { keys: [A], blind }
    const store = storeOn(bank, { encryption })
    const counted = async (sid: string) => {
      for (let n = 0; n < 10; n++) {
        await store.update(sid, (session) => {
          session.count = (session.count ?? 0) + 1
        })
      }
    }
    const sids = Array.from({ length: 20 }, (_, n) => `sid-${n}`)
    const [report] = await Promise.all([
      reindex(bank, { encryption }),
      reindex(bank, { encryption }),
      ...sids.map(counted),
    ])
    expect(report).toMatchObject({ unreadable: [] })
    for (const sid of sids) expect(await store.load(sid)).toMatchObject({ count: 10 })
    expect(await store.find({ 'user.id': 1 })).toHaveLength(10)
  })

  it('does not bring back a session that was ended meanwhile', async () => {
    await using bank = await openDatabank(disk())
    const store = storeOn(bank)
    await fill(store, 300)
    const ended = async () => {
      for (let n = 0; n < 300; n++) await store.destroy(`sid-${n}`)
    }
    await Promise.all([reindex(bank), ended()])
    expect(await store.length()).toBe(0)
  })

  describeWith(redis, (server) => {
    it('makes searches use the index in a bank that was in use before, unless a record cannot be read', async () => {
      await using before = await openDatabank(server().url)
      await fill(storeOn(before), 10)
      await storeOn(before, { encryption: { keys: [B] } }).save('foreign', { cookie: {} })
      await using bank = await openDatabank(server().url, { schema })
      const encryption = { keys: [A], blind }
      const records = bank.records?.('session')
      const store = storeOn(bank, { encryption })
      const foundByIndex = async () => {
        // No record has this token, so only a search that reads all records finds any.
        for await (const _ of records?.candidates?.('user.id', ['none']) ?? []) return false
        return true
      }
      expect(await reindex(bank, { encryption })).toEqual({ written: 10, unreadable: [sessionHandle('foreign')] })
      expect(await foundByIndex()).toBe(false)
      expect(await endByHandle(bank, [sessionHandle('foreign')])).toBe(1)
      expect(await reindex(bank, { encryption })).toEqual({ written: 10, unreadable: [] })
      expect(await foundByIndex()).toBe(true)
      expect(await store.find({ 'user.id': 1 })).toHaveLength(5)
      // From now on, a session that is written without an index would not be found.
      await expect(reindex(before, { encryption })).rejects.toThrow(/index of "user.id"/)
      await expect(rehash(before, { encryption })).rejects.toThrow(/index of "user.id"/)
    })
  })
})

describe('an import', () => {
  it('writes sessions in the form of the store, with their own expiry, and overwrites none', async () => {
    await using bank = await openDatabank(disk())
    const options: StoreOptions = { hashIds: 'migrate', encryption: { keys: [A] } }
    const store = storeOn(bank, options)
    await storeOn(bank).save('older', { n: 'here', cookie: {} })
    const sessions = new SessionImport(bank, options)
    const expires = Date.now() + 5e6
    const add = (sid: string, n: number, end: number | null | undefined) => {
      return sessions.add({ sid, session: { n, cookie: {} }, expires: end })
    }
    expect(await add('a', 1, expires)).toBe('written')
    expect(await add('a', 2, expires)).toBe('kept')
    expect(await add('older', 2, expires)).toBe('kept')
    expect(await add('dead', 1, Date.now() - 1)).toBe('dead')
    await expect(add('', 1, expires)).rejects.toThrow('a session id must not be empty')
    await expect(add('b', 1, Number.NaN)).rejects.toThrow('not a valid time')
    const deep = JSON.parse(`${'['.repeat(2_001)}${']'.repeat(2_001)}`)
    await expect(sessions.add({ sid: 'deep', session: { deep }, expires })).rejects.toThrow('2000 levels')
    const large = 'x'.repeat(1_048_577)
    await expect(sessions.add({ sid: 'large', session: { large }, expires })).rejects.toThrow('raise maxBytes')
    expect(await store.load('a')).toMatchObject({ n: 1 })
    expect(await store.load('older')).toMatchObject({ n: 'here' })
    expect([...(await heldBy(bank)).keys()].filter((id) => id !== 'older')).toEqual([expect.stringMatching(/^h1:/)])
    const ends = new Map<string, Date | null>()
    for await (const { handle, expiresAt } of store.entries()) ends.set(handle, expiresAt)
    expect(ends.get(sessionHandle('a'))).toEqual(new Date(expires))
  })
})

describe('endByHandle()', () => {
  it('ends only the sessions with these handles', async () => {
    await using bank = await openDatabank(disk())
    await fill(storeOn(bank), 3)
    await storeOn(bank, { hashIds: true }).save('hashed', { cookie: {} })
    expect(await endByHandle(bank, [sessionHandle('sid-1'), sessionHandle('hashed'), sessionHandle('none')])).toBe(2)
    expect([...(await heldBy(bank)).keys()].sort()).toEqual(['sid-0', 'sid-2'])
  })
})
