import { inspect } from 'node:util'
import {
  BankNotConnectedError,
  BankTimeoutError,
  openDatabank,
  SessionStore,
  SessionTooLargeError,
} from '../src/index.ts'
import { HOUR, openStore, request } from './setup.ts'

const HOSTILE_IDS: unknown[] = [
  '',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'x'.repeat(513),
  5,
  null,
  undefined,
  {},
  ['a'],
]

describe('a store with bad input', () => {
  it.each(HOSTILE_IDS)('does not load an id such as %p, and refuses to save it', async (sid) => {
    const { store } = await openStore()
    expect(await store.load(sid as string)).toBeNull()
    await expect(store.save(sid as string, { cookie: {} })).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_SESSION_ID',
    })
    await expect(store.touch(sid as string, { cookie: {} })).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_SESSION_ID',
    })
    await store.destroy(sid as string)
    expect(await store.update(sid as string, () => {})).toBeNull()
  })

  it('refuses a session that is not JSON, names the key, and keeps the stored session', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    const one = await request(store, 'a')
    one.session.cycle = one.session
    await expect(one.save()).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_SESSION', key: 'cycle' })
    delete one.session.cycle
    one.session.big = 1n
    await expect(one.save()).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_SESSION',
      key: 'big',
    })
    expect(await store.load('a')).toEqual({ n: 1, cookie: {} })
  })

  it('refuses a value that is not a session', async () => {
    const { store } = await openStore()
    for (const session of [null, undefined, 5, 'x', []]) {
      await expect(store.save('a', session as never)).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_SESSION' })
    }
    expect(await store.length()).toBe(0)
  })

  it('refuses a session with the reserved key _bank', async () => {
    const { store } = await openStore()
    await expect(store.save('a', { _bank: {}, cookie: {} })).rejects.toThrow(/"_bank" is the store's/)
  })

  it('refuses a session that is too large, and keeps the stored session', async () => {
    const { store } = await openStore({ maxBytes: 1_000 })
    await store.save('a', { n: 1, cookie: {} })
    const one = await request(store, 'a')
    one.session.text = 'é'.repeat(500)
    await expect(one.save()).rejects.toThrow(SessionTooLargeError)
    expect(await store.load('a')).toEqual({ n: 1, cookie: {} })
  })

  it('names an option that is unknown or out of range', async () => {
    const bank = await openDatabank('memory:')
    const store = (options: object) => () => new SessionStore(bank, options)
    expect(store({ tll: 5 })).toThrow('unknown option "tll": did you mean "ttl"? Known names are type, ttl, ')
    expect(store({ prefix: 'x' })).toThrow('unknown option "prefix": known names are type, ttl, ')
    expect(store({ concurrency: 'last-write' })).toThrow(/"onConflict".*"overwrite"/)
    for (const [name, value] of [
      ['ttl', -1],
      ['ttl', '1 day'],
      ['touchAfter', Number.NaN],
      ['cleanupInterval', 2 ** 31],
      ['timeout', 0],
      ['maxBytes', 0],
      ['onConflict', 'lock'],
      ['type', 'constructor'],
      ['type', ''],
      ['log', {}],
      ['logContents', 1],
    ] as const) {
      expect(store({ [name]: value })).toThrow(new RegExp(`option "${name}" must be`))
    }
    expect(store({ ttl: undefined })).not.toThrow()
    expect(() => new SessionStore({} as never)).toThrow(/needs a databank/)
    expect(() => new SessionStore(null as never)).toThrow(/needs a databank/)
  })

  it.each([
    ['not an object', 5],
    ['an array', []],
    ['null', null],
  ])('ignores a stored record that is %s, and emits one error event', async (_, value) => {
    const { store, bank } = await openStore()
    await new Promise((resolve) => bank.save('session', 'a', value, resolve))
    const errors: unknown[] = []
    store.on('error', (error) => errors.push(error))
    expect(await store.load('a')).toBeNull()
    expect(errors).toMatchObject([{ code: 'SESSIONBANK_UNREADABLE' }])
    expect(await store.all()).toEqual([])
  })

  it('logs an error if no listener gets its event', async () => {
    const log = { debug: jest.fn(), error: jest.fn() }
    const { store, bank } = await openStore({ log })
    await new Promise((resolve) => bank.save('session', 'a', 5, resolve))
    expect(await store.load('a')).toBeNull()
    expect(log.error).toHaveBeenCalledTimes(1)
  })

  it('fails with BankNotConnectedError in every method if the bank is not connected', async () => {
    const { Databank } = require('databank')
    const store = new SessionStore(Databank.get('memory', {}), { cleanupInterval: false, touchAfter: 0 })
    const calls: (() => Promise<unknown>)[] = [
      () => store.load('a'),
      () => store.save('a', { cookie: {} }),
      () => store.touch('a', { cookie: {} }),
      () => store.destroy('a'),
      () => store.all(),
      () => store.length(),
      () => store.clear(),
      () => store.cleanup(),
      () => store.find({ user: 'ann' }),
      () => store.destroyWhere({ user: 'ann' }),
      () => store.update('a', () => {}),
    ]
    for (const call of calls) await expect(call()).rejects.toThrow(BankNotConnectedError)
  })

  it('fails each operation within timeout if the bank does not answer', async () => {
    const { store, bank } = await openStore({ timeout: 30 })
    const silence = () => {}
    Object.assign(bank, { read: silence, save: silence, del: silence, scan: silence })
    await expect(store.load('a')).rejects.toThrow(BankTimeoutError)
    await expect(store.save('a', { cookie: {} })).rejects.toThrow(BankTimeoutError)
    await expect(store.destroy('b')).rejects.toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })
    await expect(store.all()).rejects.toThrow(BankTimeoutError)
    await expect(store.length()).rejects.toThrow(BankTimeoutError)
  })

  it('hides the id in an error of the bank, and replaces a code that means "no session"', async () => {
    const { store, bank } = await openStore()
    const failure = Object.assign(new Error("No such file '/x/secret-sid'"), { code: 'ENOENT' })
    Object.assign(bank, { read: (_type: string, _id: string, done: (error: Error) => void) => done(failure) })
    await expect(store.load('secret-sid')).rejects.toMatchObject({
      code: 'SESSIONBANK_OPERATION_FAILED',
      message: expect.not.stringContaining('secret-sid'),
    })
  })

  it('stores keys with the names of members of Object.prototype, and pollutes nothing', async () => {
    const { store } = await openStore()
    const session = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"cookie":{}}')
    await store.save('a', session)
    const loaded = await store.load('a')
    expect(Object.keys(loaded as object).sort()).toEqual(['__proto__', 'constructor', 'cookie'])
    expect(Object.getPrototypeOf(loaded)).toBe(Object.prototype)
    expect((loaded as unknown as { admin?: boolean }).admin).toBeUndefined()
  })

  it('refuses criteria without a field', async () => {
    const { store } = await openStore()
    await expect(store.find({})).rejects.toThrow(/at least one field/)
    await expect(store.destroyWhere({})).rejects.toThrow(/at least one field/)
  })

  it('passes on an error that the function of update() throws, and changes nothing', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    const failure = new RangeError('not enough credits')
    const change = () => {
      throw failure
    }
    await expect(store.update('a', change)).rejects.toBe(failure)
    const throwing = () => ({
      get user(): string {
        throw failure
      },
    })
    await expect(store.update('a', throwing as never)).rejects.toBe(failure)
    expect(await store.load('a')).toEqual({ n: 1, cookie: {} })
  })

  it.each([
    ['an own toJSON', { n: 2, toJSON: () => [1] }],
    ['a toJSON that returns nothing', { n: 2, toJSON: () => undefined }],
  ])('ignores %s of a session, and stores the data', async (_, session) => {
    const { store } = await openStore()
    await store.save('a', { ...session, cookie: {} })
    expect(await store.load('a')).toEqual({ n: 2, cookie: {} })
  })

  it.each([
    ['a key whose getter throws', Object.defineProperty({ cookie: {} }, 'n', { enumerable: true, get: () => fail() })],
    ['a cookie whose getter throws', Object.defineProperty({}, 'cookie', { enumerable: true, get: () => fail() })],
    [
      'a cookie with a getter that throws',
      { cookie: Object.defineProperty({}, 'path', { enumerable: true, get: () => fail() }) },
    ],
    ['a cookie that is a revoked proxy', { cookie: revoked() }],
    ['a BigInt in its cookie', { cookie: { note: 1n } }],
    ['a cookie whose toJSON throws', { cookie: { toJSON: () => fail() } }],
  ])('refuses a session with %s, and keeps the stored session', async (_, session) => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    await expect(store.save('a', session)).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_SESSION' })
    expect(await store.load('a')).toEqual({ n: 1, cookie: {} })
  })

  it.each([undefined, null, 7, 'text'])('refuses a touch of %p', async (session) => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    await expect(store.touch('a', session as never)).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_SESSION' })
  })

  it.each(['v', '3600000', true, {}, []])('ignores a stored age of %p', async (originalMaxAge) => {
    const { store, bank, clock } = await openStore()
    const expires = new Date(clock.now() + HOUR).toISOString()
    for (const cookie of [{ originalMaxAge }, { originalMaxAge, expires }]) {
      await new Promise((resolve) => bank.save('session', 'a', { n: 1, cookie, sid: 'a' }, resolve))
      const loaded = await store.load('a')
      expect(loaded?.cookie).toEqual({
        ...cookie,
        originalMaxAge: null,
        ...('expires' in cookie && { expires: new Date(expires) }),
      })
    }
  })

  it.each(['cleanup', 'clear'] as const)('shows no id in an error of the bank in %s', async (method) => {
    const { store, bank, clock } = await openStore()
    await store.save('secret-sid', { cookie: { expires: clock.now() + 1 } })
    clock.advance(1)
    bank.del = ((_type: string, id: string, done: (error: Error) => void) => done(new Error(`no ${id}`))) as never
    const error = await store[method]().catch((failure) => failure)
    expect(error).toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED' })
    expect(inspect(error, { depth: 9 })).not.toContain('secret-sid')
  })
})

it.each([revoked, () => Object.defineProperty({ cookie: {} }, 'cookie', { get: () => fail() })])(
  'a touch and a save of a session that cannot be read fail with InvalidSessionError (%#)',
  async (make) => {
    const { store } = await openStore()
    const session = make()
    await store.save('a', { n: 1, cookie: {} })
    for (const call of [store.touch('a', session), store.save('a', session)]) {
      await expect(call).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_SESSION' })
    }
  },
)

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function fail(why = 'no'): never {
  throw new Error(why)
}
