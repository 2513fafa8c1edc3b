import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWith, postgres, redis } from '@sessionbank/test-servers'
import { Link } from '../src/adapter.ts'
import { type Bank, type OpenBank, openDatabank, SessionStore, type StoreOptions } from '../src/index.ts'

const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
const [A, B] = [randomBytes(32), randomBytes(32)]
const blind = ['user.id']
const folder = mkdtempSync(join(tmpdir(), 'moving-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Encryption = NonNullable<StoreOptions['encryption']> | null

function storeOn(bank: Bank, encryption: Encryption = null): SessionStore {
  const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, encryption })
  store.on('error', () => {})
  return store
}

const withUser = (id: number) => ({ user: { id }, cookie: {} })

/** Wraps a bank: after the search by the first token, another request runs. */
function interrupted(bank: OpenBank, meanwhile: () => Promise<void>): Bank {
  let isDone = false
  const searching = (records: object) => {
    return new Proxy(records as Required<ReturnType<NonNullable<Bank['records']>>>, {
      get(of, call) {
        const own = Reflect.get(of, call)
        if (call !== 'candidates') return typeof own === 'function' ? own.bind(of) : own
        return async function* (field: string, tokens: string[]) {
          for (const [n, token] of tokens.entries()) {
            if (n === 1 && !isDone) {
              isDone = true
              await meanwhile()
            }
            yield* of.candidates(field, [token])
          }
        }
      },
    })
  }
  return new Proxy(bank, {
    get(target, name) {
      const own = Reflect.get(target, name)
      if (name === 'records') return (type: string) => searching(own.call(target, type))
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}

describe.each([
  ['memory', () => openDatabank('memory:', { schema })],
  ['disk', () => openDatabank(`disk:${join(folder, 'disk')}`, { schema })],
])('a session that is resealed during a "log out everywhere" on %s', (_, open) => {
  it.each<[string, Encryption, Encryption]>([
    ['if it was plain before', null, { keys: [A], blind }],
    ['if it had an older key before', { keys: [A], blind }, { keys: [B, A], blind }],
    ['if it was not blind before', { keys: [A] }, { keys: [B, A], blind }],
    ['if the newer key is the second key of the host that ends it', { keys: [B, A], blind }, { keys: [A, B], blind }],
  ])('is ended %s', async (_name, before, after) => {
    const bank = await open()
    await storeOn(bank, before).save('a', withUser(42))
    const other = storeOn(bank, after)
    const link = new Link()
    const session = (await other.load('a', link)) as object
    const racing = storeOn(
      interrupted(bank, () => other.save('a', session, link)),
      after,
    )
    expect(await racing.destroyWhere({ 'user.id': 42 })).toBe(1)
    expect(await other.load('a')).toBeNull()
    await bank.disconnect()
  })
})

it("sessions written through a wrapper that hides the bank's schema are found by the index", async () => {
  const bank = await openDatabank('memory:', { schema })
  const [read, save, del, scan] = [bank.read, bank.save, bank.del, bank.scan].map((method) => method.bind(bank))
  const wrapped = { read, save, del, scan, records: (type: string) => bank.records?.(type) } as unknown as Bank
  await storeOn(wrapped, { keys: [A], blind }).save('a', withUser(42))
  expect(await storeOn(bank, { keys: [A], blind }).destroyWhere({ 'user.id': 42 })).toBe(1)
})

describeWith(redis, (server) => {
  const cli = (...args: string[]) => {
    const { port } = new URL(server().url)
    return String(execFileSync('redis-cli', ['-p', port, ...args], { encoding: 'utf8' }))
      .split('\n')
      .filter(Boolean)
  }
  /** Makes index entries older than a minute: a search may remove only such entries. */
  const ageEntries = () => {
    for (const set of cli('KEYS', ':index:*')) {
      for (const id of cli('ZRANGE', set, '0', '-1')) cli('ZADD', set, '1000', id)
    }
  }
  beforeEach(() => void cli('FLUSHALL'))

  it('a search by two criteria leaves the index entry of a session that matches only one of them', async () => {
    const bank = await openDatabank(server().url, { schema })
    const store = storeOn(bank, { keys: [A], blind })
    await store.save('a', { ...withUser(42), plan: 'free' })
    ageEntries()
    expect(await store.find({ 'user.id': 42, plan: 'paid' })).toEqual([])
    expect(await store.destroyWhere({ 'user.id': 42 })).toBe(1)
    await bank.disconnect()
  })

  it('a search for one user keeps the sessions of another in the index, blind or not', async () => {
    const bank = await openDatabank(server().url, { schema })
    const unblinded = storeOn(bank, { keys: [A] })
    for (const id of [42, 43]) await unblinded.save(`${id}`, withUser(id))
    ageEntries()
    const store = storeOn(bank, { keys: [A], blind })
    expect(await store.destroyWhere({ 'user.id': 43 })).toBe(1)
    expect(await store.destroyWhere({ 'user.id': 42 })).toBe(1)
    await bank.disconnect()
  })

  it('a touch of a session with an older key extends its index entry too', async () => {
    const bank = await openDatabank(server().url, { schema })
    await storeOn(bank, { keys: [A], blind }).save('a', { ...withUser(42), cookie: { originalMaxAge: 60_000 } })
    const DAYS = 86_400_000
    await storeOn(bank, { keys: [B, A], blind }).touch('a', { cookie: { originalMaxAge: 40 * DAYS } })
    const ends = cli('KEYS', ':index:*').map((set) => Number(cli('PTTL', set)[0]))
    expect(Math.max(...ends)).toBeGreaterThan(40 * DAYS)
    await bank.disconnect()
  })

  it('searches read all sessions after a bank without the index has cleaned up, as after a rollback of the app', async () => {
    const using = async (given: { schema?: typeof schema }, sid: string) => {
      const bank = await openDatabank(server().url, given)
      const store = storeOn(bank)
      await store.save(sid, withUser(42))
      await store.cleanup()
      return bank
    }
    await (await using({ schema }, 'first')).disconnect()
    await (await using({}, 'rolled back')).disconnect()
    const bank = await using({ schema }, 'last')
    expect(await storeOn(bank).destroyWhere({ 'user.id': 42 })).toBe(3)
    await bank.disconnect()
  })
})

describeWith(postgres, (server) => {
  it('a service with the index finds all sessions after a cleanup by a service without it', async () => {
    const [one, other] = [await openDatabank(server().url, { schema }), await openDatabank(server().url)]
    await storeOn(one).save('a', withUser(42))
    await storeOn(other).save('b', withUser(42))
    await storeOn(other).update('a', (session) => ({ ...session, n: 1 }))
    await storeOn(other).cleanup()
    expect(await storeOn(one).destroyWhere({ 'user.id': 42 })).toBe(2)
    await one.disconnect()
    await other.disconnect()
  })
})
