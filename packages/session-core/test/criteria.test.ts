import { EventEmitter } from 'node:events'
import { type RecordsBank, valueAt } from '@sessionbank/databank-kit'
import { assertHides } from '@sessionbank/databank-kit/conformance'
import * as servers from '@sessionbank/test-servers'
import { temporaryFolder } from '@sessionbank/test-servers'
import * as fc from 'fast-check'
import { recordsOf, withStoreMethods } from '../src/adapter.ts'
import { type OpenBank, openDatabank, SessionStore } from '../src/index.ts'
import { openStore } from './setup.ts'

const NO_SCALARS: unknown[] = [
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1n,
  Symbol('ann'),
  {},
  { $ne: null },
  { $regex: '.*' },
  [],
  ['ann'],
  () => 'ann',
  new Date(0),
  new Map(),
  new String('ann'),
  Object.create(null),
]

class Criteria {
  user = 'ann'
}

const NO_CRITERIA: unknown[] = [
  undefined,
  null,
  'user',
  5,
  true,
  [],
  ['user'],
  new Date(0),
  new Map([['user', 'ann']]),
  new Criteria(),
  Object.create({ user: 'ann' }),
  () => {},
  {},
  Object.create(null),
  { user: 'ann', [Symbol('plan')]: 'free' },
  { user: 'ann', plan: undefined },
]

const NO_OPTIONS: unknown[] = [
  null,
  'a1',
  '',
  5,
  true,
  ['a1'],
  new Set(['a1']),
  new Date(0),
  Object.create({ except: 'a1' }),
  { exept: 'a1' },
  { except: 'a1', limit: 1 },
  { handle: undefined },
  { handle: '' },
  { handle: [] },
  { handle: ['a', undefined] },
  { except: 'a1', handle: null },
  { except: undefined },
  { except: null },
  { except: '' },
  { except: [] },
  { except: [''] },
  { except: ['a1', undefined] },
  { except: new Array(1) },
  { except: ['a1', 5] },
  { except: { 0: 'a1' } },
  { except: new Set(['a1']) },
  { [Symbol('except')]: 'a1' },
]

const REFUSED = { code: 'SESSIONBANK_INVALID_OPTION' }

/** Opens a store with two sessions, and a bank whose calls are recorded. */
async function openGuarded() {
  const { store, bank } = await openStore()
  await store.save('a1', { user: 'ann', cookie: {} })
  await store.save('b1', { cookie: {} })
  const asked = ['scan', 'del', 'read', 'save', 'search'].map((method) => jest.spyOn(bank, method as 'scan'))
  const expectNothingSent = () => {
    for (const call of asked) expect(call).not.toHaveBeenCalled()
  }
  class AppStore extends withStoreMethods(EventEmitter) {
    readonly sessions: SessionStore = store
  }
  return { store, app: new AppStore(), expectNothingSent }
}

const calledBack = (call: (done: (error: Error | null) => void) => unknown): Promise<void> => {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))
}

describe('criteria', () => {
  it.each(NO_SCALARS)('with the value %p are refused before anything is sent or ended', async (value) => {
    const { store, app, expectNothingSent } = await openGuarded()
    const criteria = { 'user.id': value } as never
    for (const refused of [
      store.find(criteria),
      store.destroyWhere(criteria),
      app.find(criteria),
      app.destroyWhere(criteria),
      calledBack((done) => app.find(criteria, done)),
      calledBack((done) => app.destroyWhere(criteria, done)),
      calledBack((done) => app.destroyWhere(criteria, { except: 'a1' }, done)),
    ]) {
      await expect(refused).rejects.toMatchObject({ ...REFUSED, message: expect.stringContaining('"user.id"') })
    }
    expectNothingSent()
  })

  it.each(NO_CRITERIA)('such as %p are refused before anything is sent or ended', async (criteria) => {
    const { store, app, expectNothingSent } = await openGuarded()
    for (const refused of [
      store.find(criteria as never),
      store.destroyWhere(criteria as never),
      calledBack((done) => app.find(criteria as never, done)),
      calledBack((done) => app.destroyWhere(criteria as never, done)),
    ]) {
      await expect(refused).rejects.toMatchObject(REFUSED)
    }
    expectNothingSent()
  })

  it('are read once, so that the checked value is the one that is used', async () => {
    const { store } = await openStore()
    await store.save('a1', { user: 'ann', cookie: {} })
    await store.save('b1', { cookie: {} })
    const changing = (...values: unknown[]) => {
      const read = jest.fn(() => values.shift())
      return { criteria: Object.defineProperty({}, 'user', { enumerable: true, get: read }) as never, read }
    }
    const { criteria, read } = changing('ann', undefined, undefined)
    expect(await store.destroyWhere(criteria)).toBe(1)
    expect(read).toHaveBeenCalledTimes(1)
    expect(await store.length()).toBe(1)
    const proxied = new Proxy({ user: 'x' }, { get: jest.fn().mockReturnValueOnce('bob').mockReturnValue(undefined) })
    expect(await store.destroyWhere(proxied)).toBe(0)
  })

  it('may be an object without a prototype, and may have a field named __proto__', async () => {
    const { store } = await openStore()
    await store.save('a1', JSON.parse('{"__proto__":"ann","cookie":{}}'))
    await store.save('b1', { user: null, cookie: {} })
    expect(await store.find(JSON.parse('{"__proto__":"ann"}'))).toMatchObject([{ sid: 'a1' }])
    expect(await store.find(Object.assign(Object.create(null), { user: null }))).toMatchObject([{ sid: 'b1' }])
  })

  it('are compared strictly, so that a text does not match a number', async () => {
    const { store } = await openStore()
    await store.save('a1', { user: 42, cookie: {} })
    expect(await store.find({ user: '42' })).toEqual([])
    expect(await store.find({ user: 42 })).toMatchObject([{ sid: 'a1' }])
  })
})

describe('the second argument of destroyWhere()', () => {
  it.each(NO_OPTIONS)('is refused before anything is sent or ended if it is %p', async (options) => {
    const { store, app, expectNothingSent } = await openGuarded()
    for (const refused of [
      store.destroyWhere({ user: 'ann' }, options as never),
      app.destroyWhere({ user: 'ann' }, options as never),
      calledBack((done) => app.destroyWhere({ user: 'ann' }, options as never, done)),
    ]) {
      await expect(refused).rejects.toMatchObject(REFUSED)
    }
    expectNothingSent()
  })

  it('is refused with the names of an unknown key and of the known key that may be meant', async () => {
    const { store } = await openStore()
    await expect(store.destroyWhere({ user: 'ann' }, { exept: 'a1' } as never)).rejects.toThrow(/"exept".*"except"/)
    await expect(store.destroyWhere({ user: 'ann' }, { hande: 'x' } as never)).rejects.toThrow(/"hande".*"handle"/)
  })

  it('may be undefined or empty', async () => {
    const { store, app } = await openGuarded()
    expect(await store.destroyWhere({ user: 'ann' }, {})).toBe(1)
    await store.save('a2', { user: 'ann', cookie: {} })
    await calledBack((done) => app.destroyWhere({ user: 'ann' }, undefined, done))
    expect(await store.length()).toBe(1)
  })

  it('is refused after the callback or instead of it, before anything is ended', async () => {
    const { app, expectNothingSent } = await openGuarded()
    const destroyWhere = app.destroyWhere.bind(app) as (...args: unknown[]) => unknown
    await expect(calledBack((done) => destroyWhere({ user: 'ann' }, done, { except: 'a1' }))).rejects.toMatchObject(
      REFUSED,
    )
    expect(() => destroyWhere({ user: 'ann' }, undefined, { except: 'a1' })).toThrow(/callback/)
    expectNothingSent()
  })

  it('keeps the sessions in `except`, even if the array is changed after the call', async () => {
    const { store } = await openGuarded()
    const except = ['a1']
    const destroyed = store.destroyWhere({ user: 'ann' }, { except })
    except.pop()
    expect(await destroyed).toBe(0)
  })
})

/** Values and paths that banks may treat differently. */
const FIELDS = [
  'user',
  'user.id',
  'plan',
  'plan.__proto__',
  '__proto__',
  'constructor',
  'a.b',
  '',
  '$ne',
  'n.0',
  'lone\ud800',
]
const VALUES: unknown[] = [
  'ann',
  '42',
  42,
  -0,
  0,
  1e21,
  5e-324,
  0.1,
  '',
  'null',
  null,
  true,
  'true',
  '\ud800',
  '\udc00\ud800',
  'a\0b',
  'x'.repeat(300),
  `${'x'.repeat(300)}y`,
  '*',
  '$x',
  'user=ann',
]

/** Stores with the same sessions, on a bank without indexes and on one with an index of every field. */
interface Bench {
  stores: SessionStore[]
  close(): Promise<void>
}

function sessionWith(field: string, value: unknown): object {
  const path = field.split('.')
  const text = path.reduceRight((inner, key) => `{${JSON.stringify(key)}:${inner}}`, JSON.stringify(value))
  return { ...JSON.parse(text), cookie: {} }
}

function sessions(): object[] {
  const odd = [{}, { user: { id: ['ann'] } }, { user: [null] }, { 'a.b': 'ann' }, { user: {} }, { n: ['ann', 42] }]
  return [
    ...FIELDS.flatMap((field) => VALUES.map((value) => sessionWith(field, value))),
    ...odd.map((session) => ({ ...session, cookie: {} })),
  ]
}

async function openBench(banks: { url: string; type: string; indices: string[] }[]): Promise<Bench> {
  const open: OpenBank[] = []
  const stores: SessionStore[] = []
  for (const { url, type, indices } of banks) {
    const bank = await openDatabank(url, { schema: { [type]: { pkey: 'sid', indices } } })
    open.push(bank)
    const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, type })
    stores.push(store)
    await Promise.all(sessions().map((session, n) => store.save(`s${n}`, session)))
  }
  return {
    stores,
    close: async () => {
      for (const bank of open) await new Promise((resolve) => bank.disconnect(resolve))
    },
  }
}

/** Returns the ids that a store finds, or the code of the error by which it refuses. */
async function sidsOf(store: SessionStore, criteria: object): Promise<string[] | string> {
  try {
    return (await store.find(criteria as never)).map(({ sid }) => sid as string).sort()
  } catch (error) {
    return (error as { code: string }).code
  }
}

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.constantFrom(...NO_SCALARS) },
  { weight: 1, arbitrary: fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.anything()) },
)
const criteria = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.tuple(fc.constantFrom(...FIELDS), value), { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.array(fc.tuple(fc.string(), value), { maxLength: 2 }) },
)

/** Returns what `find` should return, calculated from the sessions themselves. */
function expected(fields: [string, unknown][]): string[] | string {
  const isScalar = (one: unknown) =>
    one === null || ['string', 'boolean'].includes(typeof one) || (typeof one === 'number' && Number.isFinite(one))
  if (fields.length === 0 || !fields.every(([, one]) => isScalar(one))) return REFUSED.code
  return sessions()
    .map((session, n) => ({ sid: `s${n}`, session }))
    .filter(({ sid, session }) => {
      const record = JSON.parse(JSON.stringify({ ...JSON.parse(JSON.stringify(session)), sid }))
      return fields.every(([field, one]) => valueAt(record, field) === one)
    })
    .map(({ sid }) => sid)
    .sort()
}

async function expectAgreement(bench: Bench, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(criteria, async (pairs) => {
      const fields = new Map(pairs)
      // Keeps `__proto__` as a field; an assignment would set the prototype.
      const asked = Object.fromEntries(fields)
      const right = expected([...fields])
      for (const store of bench.stores) expect(await sidsOf(store, asked)).toEqual(right)
    }),
    { numRuns: runs, endOnFailure: true },
  )
}

describe('for any criteria, banks', () => {
  const folder = temporaryFolder('criteria')
  afterAll(() => folder.remove())

  it('in memory and on disk, with or without indexes, all find the same sessions or all refuse', async () => {
    const bench = await openBench([
      { url: 'memory:', type: 'session', indices: [] },
      { url: `disk:${folder.path}`, type: 'bare', indices: [] },
      { url: `disk:${folder.path}`, type: 'indexed', indices: FIELDS },
    ])
    await expectAgreement(bench, 300)
    await bench.close()
  })
})

for (const kind of [servers.redis, servers.postgres, servers.mongodb]) {
  servers.describeWith(kind, (server) => {
    it('refuses criteria or finds the same sessions with and without indexes', async () => {
      const bench = await openBench([
        { url: server().url, type: 'bare', indices: [] },
        { url: server().url, type: 'indexed', indices: FIELDS },
      ])
      await expectAgreement(bench, 40)
      await bench.close()
    })
  })
}

describe('arguments that cannot be read', () => {
  const secret = 'canary'
  const refuse = () => {
    throw new RangeError(secret)
  }
  const { proxy: revoked, revoke } = Proxy.revocable({}, {})
  revoke()
  const unreadable: object[] = [
    revoked,
    new Proxy({}, { ownKeys: refuse }),
    { user: revoked },
    Object.defineProperty({}, 'except', { enumerable: true, get: refuse }),
  ]

  it.each([0, 1, 2, 3])('are refused without the message of the thrown error (%#)', async (n) => {
    const { store, expectNothingSent } = await openGuarded()
    const argument = unreadable[n] as never
    for (const call of [() => store.find(argument), () => store.destroyWhere({ user: 'ann' }, argument)]) {
      const error = await call().catch((failure) => failure)
      expect(error).toMatchObject(REFUSED)
      assertHides(error, secret)
    }
    expectNothingSent()
  })
})

describe('a value that is not a JSON scalar', () => {
  it.each(['memory:', 'disk:'])('is refused by the records of a %s bank', async (scheme) => {
    const folder = temporaryFolder('scalars')
    const bank = (await openDatabank(scheme === 'disk:' ? `disk:${folder.path}` : scheme)) as OpenBank & RecordsBank
    const records = recordsOf(bank, 'session', { timeout: 5_000 })
    for (const value of NO_SCALARS) {
      const first = records
        .find('user', value as never)
        [Symbol.asyncIterator]()
        .next()
      await expect(first).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_VALUE' })
    }
    await new Promise((resolve) => bank.disconnect(resolve))
    folder.remove()
  })
})
