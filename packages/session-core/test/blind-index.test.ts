import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { type OpenBank, openDatabank, SessionStore, type StoreOptions } from '../src/index.ts'
import { openPlainMemory } from './plain-memory.ts'

type Encryption = NonNullable<StoreOptions['encryption']> | null

const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
const folder = mkdtempSync(join(tmpdir(), 'blind-index-'))
afterAll(() => rmSync(folder, { recursive: true }))
let folders = 0

const BANKS: [name: string, open: () => Promise<OpenBank>][] = [
  ['memory', () => openDatabank('memory:', { schema })],
  ['disk', () => openDatabank(`disk:${join(folder, String(folders++))}`, { schema })],
  ['a plain databank', async () => (await openPlainMemory({ schema })) as OpenBank],
]

const closed = (bank: OpenBank) => new Promise((resolve) => bank.disconnect(resolve))

const [A, B] = [randomBytes(32), randomBytes(32)]
const blind = ['user.id']

/**
 * The stages in which the sessions of a bank in use are sealed, and its key is rotated, in the order of
 * docs/security.md.
 */
const STAGES: [name: string, encryption: Encryption][] = [
  ['plain', null],
  ['keys everywhere', { keys: [A], blind, seal: false }],
  ['sealed, not yet blind', { keys: [A] }],
  ['sealed and blind', { keys: [A], blind }],
  ['the next key everywhere', { keys: [A, B], blind }],
  ['sealed with the next key', { keys: [B, A], blind }],
  ['no plain sessions any more', { keys: [B, A], blind, plain: false }],
  ['without the older key', { keys: [B], blind, plain: false }],
]

describe.each(BANKS)('a blind index on %s', (_, open) => {
  async function openStages() {
    const bank = await open()
    const stores = STAGES.map(([, encryption]) => {
      const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, encryption })
      store.on('error', () => {})
      return store
    })
    return { bank, stores }
  }

  it('finds a session by its current number, and not by the text of that number', async () => {
    const { bank, stores } = await openStages()
    const store = stores[3] as SessionStore
    await store.save('a', { user: { id: 42 }, cookie: {} })
    await store.save('b', { user: { id: '42' }, cookie: {} })
    await store.save('c', { user: { id: 42 }, cookie: {} })
    await store.update('c', (session) => {
      session.user.id = 43
    })
    const found = async (id: unknown) => (await store.find({ 'user.id': id as string })).map(({ sid }) => sid)
    expect(await found(42)).toEqual(['a'])
    expect(await found('42')).toEqual(['b'])
    expect(await found(43)).toEqual(['c'])
    await closed(bank)
  })

  it('ignores sessions without a scalar in the field, which are found by their other fields', async () => {
    const { bank, stores } = await openStages()
    const store = stores[3] as SessionStore
    for (const [sid, user] of Object.entries({ a: { id: [42] }, b: 'ann', c: null })) {
      await store.save(sid, { user, n: 1, cookie: {} })
    }
    expect(await store.find({ 'user.id': 42 })).toEqual([])
    expect(await store.find({ n: 1 })).toHaveLength(3)
    expect(await store.find({ 'user.id': 42, n: 1 })).toEqual([])
    await closed(bank)
  })

  it.each(STAGES.map(([name], stage) => [name, stage] as const))(
    'lets destroyWhere() end all sessions that a user has from earlier stages, from this one and from the next: %s',
    async (_name, stage) => {
      const { bank, stores } = await openStages()
      const store = stores[stage] as SessionStore
      const beside = stores.filter((_store, other) => Math.abs(other - stage) <= 1 && other < STAGES.length - 1)
      const older = stores.slice(0, stage)
      for (const [n, other] of [...older, ...beside].entries()) {
        await other.save(`made-${n}`, { user: { id: 42 }, cookie: {} })
      }
      const opened: string[] = []
      for (let n = 0; n < older.length + beside.length; n++) {
        if (await store.load(`made-${n}`)) opened.push(`made-${n}`)
      }
      expect(opened.length).toBeGreaterThan(0)
      expect((await store.find({ 'user.id': 42 })).map(({ sid }) => sid).sort()).toEqual(opened.sort())
      expect(await store.destroyWhere({ 'user.id': 42 })).toBe(opened.length)
      for (const sid of opened) expect(await store.load(sid)).toBeNull()
      await closed(bank)
    },
  )

  it('misses no session after any order of stages, saves and touches', async () => {
    const steps = fc.record({
      stage: fc.nat({ max: 6 }),
      sid: fc.constantFrom('a', 'b', 'c'),
      does: fc.constantFrom('set', 'touch', 'update', 'unload'),
      id: fc.constantFrom(1, 2),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 25 }), fc.nat({ max: 6 }), async (script, stage) => {
        const { bank, stores } = await openStages()
        for (const { stage, sid, does, id } of script) {
          const store = stores[stage] as SessionStore
          if (does === 'set') await store.save(sid, { user: { id }, cookie: {} }).catch(() => {})
          if (does === 'touch') await store.touch(sid, { cookie: { originalMaxAge: 9e8 } })
          if (does === 'update') await store.update(sid, (session) => void Object.assign(session, { user: { id } }))
          if (does === 'unload') await store.destroy(sid)
        }
        const store = stores[stage] as SessionStore
        const expected: string[] = []
        for (const sid of ['a', 'b', 'c']) if ((await store.load(sid))?.user.id === 1) expected.push(sid)
        expect((await store.find({ 'user.id': 1 })).map(({ sid }) => sid).sort()).toEqual(expected)
        await closed(bank)
      }),
      { numRuns: 60, ...(process.env.CI && { seed: 11 }) },
    )
  })
})

it('a search by a blind field reads only the sessions with that value', async () => {
  const bank = await openDatabank('memory:', { schema })
  const walked = jest.fn()
  const counting = new Proxy(bank, {
    get(target, name) {
      const own = Reflect.get(target, name)
      if (name !== 'records') return typeof own === 'function' ? own.bind(target) : own
      return (type: string) => {
        const records = own.call(target, type)
        return new Proxy(records, {
          get(of, call) {
            if (call === 'entries') walked()
            const method = Reflect.get(of, call)
            return typeof method === 'function' ? method.bind(of) : method
          },
        })
      }
    },
  })
  const store = new SessionStore(counting, { cleanupInterval: false, encryption: { keys: [A], blind } })
  for (let n = 0; n < 20; n++) await store.save(`${n}`, { user: { id: n % 10 }, cookie: {} })
  expect(await store.find({ 'user.id': 3 })).toHaveLength(2)
  expect(walked).not.toHaveBeenCalled()
  await store.find({ other: 3 })
  expect(walked).toHaveBeenCalled()
  await closed(bank)
})
