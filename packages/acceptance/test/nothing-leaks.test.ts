import * as kit from '@sessionbank/databank-kit'
import * as core from '@sessionbank/session-core'
import { recordsOf } from '@sessionbank/session-core/adapter'
import { temporaryFolder } from '@sessionbank/test-servers'
import { CANARIES, Ears } from '../src/ears.ts'
import { useStores } from '../src/promises/nothing-leaks.ts'

const { sid, key, value } = CANARIES
const LOGIN = `${CANARIES['user of the URL']}:${CANARIES['password of the URL']}`
/** On port 1 nothing listens. */
const URLS = [
  `redis://${LOGIN}@127.0.0.1:1`,
  `redis+cluster://${LOGIN}@127.0.0.1:1,127.0.0.1:1`,
  `redis+sentinel://${LOGIN}@127.0.0.1:1/main`,
  `postgres://${LOGIN}@127.0.0.1:1/app`,
  `mongodb://${LOGIN}@127.0.0.1:1/app`,
  `couchbase://${LOGIN}@127.0.0.1:1/app`,
]
/** Operations of one session, in one store. */
const MOST_WAITING = 10_000
/** The names of the classes of all errors that were heard. */
const provoked = new Set<string>()
const secret = () => ({ [key]: value, cookie: { note: CANARIES.cookie } })
const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
const plantIn = (bank: core.Bank) => (text: string) => {
  return recordsOf(bank, 'session', { timeout: 5_000 }).write(sid, text, { expires: null })
}

describe('no log, event, trace, warning, error or inspection tells an id, a content or a login', () => {
  let ears: Ears
  beforeEach(() => {
    ears = new Ears()
  })
  afterEach(() => {
    ears.end()
    for (const name of ears.errorNames) provoked.add(name)
  })

  it('on the memory bank', async () => {
    const bank = await core.openDatabank('memory:', { schema })
    await useStores(ears, bank, plantIn(bank))
    await bank.disconnect()
    await useStores(ears, bank, plantIn(bank))
    ears.expectSilence()
  })

  it('on the disk bank, also when its folder is removed', async () => {
    const folder = temporaryFolder('leaks')
    const bank = await core.openDatabank(`disk:${folder.path}`, { schema })
    await useStores(ears, bank, plantIn(bank))
    await bank.disconnect()
    await useStores(ears, bank, plantIn(bank))
    await bank.connect()
    folder.remove()
    await useStores(ears, bank, plantIn(bank))
    await bank.disconnect()
    ears.expectSilence()
  })

  it("on a third party's databank that quotes what it was given", async () => {
    const fail = (...args: unknown[]) => {
      const given = args.slice(0, -1)
      const quoting = Object.assign(new Error(`refused ${JSON.stringify(given)}`, { cause: new Error(`${given}`) }), {
        code: 'EQUOTES',
        given,
      })
      ;(args.at(-1) as (error: Error) => void)(quoting)
    }
    const bank = { read: fail, save: fail, del: fail, scan: fail } as unknown as core.Bank
    await useStores(ears, bank, async () => {})
    const throwing = () => {
      throw new Error(Object.values(CANARIES).join())
    }
    const rude = { read: throwing, save: throwing, del: throwing, scan: throwing } as unknown as core.Bank
    await useStores(ears, rude, async () => {})
    expect(ears.errorNames).toContain('OperationError')
    ears.expectSilence()
  })

  it('on a databank that does not answer, with more operations of one session than can wait', async () => {
    const nothing = () => {}
    const none = (...args: unknown[]) => {
      ;(args.at(-1) as (error: Error) => void)(Object.assign(new Error('none'), { name: 'NoSuchThingError' }))
    }
    for (const read of [none, nothing]) {
      const bank = { read, save: nothing, del: nothing, scan: none } as unknown as core.Bank
      const sessions = new core.SessionStore(bank, { cleanupInterval: false, timeout: 250 })
      await ears.call('load', () => sessions.load(sid))
      await ears.call('save', () => sessions.save(sid, secret()))
      await ears.call('update', () => sessions.update(sid, () => {}))
      ears.look('bank at work', bank)
      ears.look('store at work', sessions)
    }
    const bank = { read: none, save: none, del: nothing, scan: none } as unknown as core.Bank
    const full = new core.SessionStore(bank, { cleanupInterval: false, timeout: 1_000 })
    const waiting = Array.from({ length: MOST_WAITING + 1 }, () => full.destroy(sid).catch(() => {}))
    await ears.call('one too many', () => full.destroy(sid))
    ears.look('full store', full)
    for (const name of ['BankTimeoutError', 'UnknownOutcomeError', 'QueueFullError']) {
      expect(ears.errorNames).toContain(name)
    }
    await Promise.all(waiting)
    ears.expectSilence(10)
  })

  it('of a function of the app that is too slow, and of writers that are always faster', async () => {
    const bank = await core.openDatabank('memory:')
    const records = bank.records?.bind(bank) as NonNullable<typeof bank.records>
    const sessions = new core.SessionStore(bank, { cleanupInterval: false, timeout: 200 })
    await sessions.save(sid, secret())
    await ears.call('a slow update', () => sessions.update(sid, () => new Promise(() => {})))
    bank.records = (type) => Object.assign(records(type), { write: async () => null })
    const losing = new core.SessionStore(bank, { cleanupInterval: false, timeout: 200 })
    await ears.call('an update', () => losing.update(sid, (session) => void Object.assign(session, secret(), { n: 1 })))
    await bank.disconnect()
    for (const name of ['SlowChangeError', 'ConflictError']) expect(ears.errorNames).toContain(name)
    ears.expectSilence(3)
  })

  it.each(URLS)('of a login in a URL that cannot be opened (%#)', async (url) => {
    for (const options of [{ timeout: 50 }, { timeout: -1 }, { odd: value }, { url: `${url}?` }, { schema: value }]) {
      await ears.call('openDatabank', () => core.openDatabank(url, options as Record<string, unknown>))
    }
    for (const odd of [
      `${url}[`,
      url.replace('//', ''),
      url.replace('@', '@@'),
      url.replace('127.0.0.1:1', ':x'),
      `x${url}`,
    ]) {
      await ears.call('openDatabank', () => core.openDatabank(odd, { timeout: 50 }))
    }
    ears.expectSilence(5)
  })
})

describe('the tree of errors', () => {
  /** Each with what its constructor is given where it is thrown: nothing of a session, and nothing of a URL. */
  const NAMES_OF_PACKAGES = [
    'MissingClientError',
    'MissingDriverError',
    'BrokenPackageError',
    'IncompatibleFrameworkError',
  ]

  it('has no class that was not provoked, but those that tell of packages alone', () => {
    const isOurs = (value: unknown) => typeof value === 'function' && value.prototype instanceof core.SessionbankError
    const names = Object.entries({ ...kit, ...core })
      .filter(([, value]) => isOurs(value))
      .map(([name]) => name)
    expect(names.filter((name) => !provoked.has(name)).sort()).toEqual(
      ['BankError', ...NAMES_OF_PACKAGES].filter((name) => names.includes(name)).sort(),
    )
  })
})
