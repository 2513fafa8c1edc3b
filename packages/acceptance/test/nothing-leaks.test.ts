import * as kit from '@sessionbank/databank-kit'
import * as core from '@sessionbank/session-core'
import { recordsOf } from '@sessionbank/session-core/adapter'
import { temporaryFolder } from '@sessionbank/test-servers'
import { CANARIES, LeakDetector } from '../src/leak-detector.ts'
import { useStores } from '../src/promises/nothing-leaks.ts'

const { sid, key, value } = CANARIES
const LOGIN = `${CANARIES['user of the URL']}:${CANARIES['password of the URL']}`
/** URLs that cannot be opened: nothing listens on port 1. */
const URLS = [
  `redis://${LOGIN}@127.0.0.1:1`,
  `redis+cluster://${LOGIN}@127.0.0.1:1,127.0.0.1:1`,
  `redis+sentinel://${LOGIN}@127.0.0.1:1/main`,
  `postgres://${LOGIN}@127.0.0.1:1/app`,
  `mongodb://${LOGIN}@127.0.0.1:1/app`,
  `couchbase://${LOGIN}@127.0.0.1:1/app`,
]
/** Maximum number of waiting operations per session and store. */
const MOST_WAITING = 10_000
const secret = () => ({ [key]: value, cookie: { note: CANARIES.cookie } })
const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
const plantIn = (bank: core.Bank) => (text: string) => {
  return recordsOf(bank, 'session', { timeout: 5_000 }).write(sid, text, { expires: null })
}

interface Scenario {
  provoke(detector: LeakDetector): Promise<void>
  /** The minimum number of records. */
  least?: number
  /** The class names of the errors that the scenario must provoke. */
  errors?: string[]
}

const scenarios: Record<string, Scenario> = {
  'on the memory bank': {
    async provoke(detector) {
      const bank = await core.openDatabank('memory:', { schema })
      await useStores(detector, bank, plantIn(bank))
      await bank.disconnect()
      await useStores(detector, bank, plantIn(bank))
    },
  },
  'on the disk bank, even if its folder is removed': {
    async provoke(detector) {
      const folder = temporaryFolder('leaks')
      const bank = await core.openDatabank(`disk:${folder.path}`, { schema })
      await useStores(detector, bank, plantIn(bank))
      await bank.disconnect()
      await useStores(detector, bank, plantIn(bank))
      await bank.connect()
      folder.remove()
      await useStores(detector, bank, plantIn(bank))
      await bank.disconnect()
    },
  },
  "on a third party's databank that quotes its arguments": {
    async provoke(detector) {
      const fail = (...args: unknown[]) => {
        const given = args.slice(0, -1)
        const quoting = Object.assign(new Error(`refused ${JSON.stringify(given)}`, { cause: new Error(`${given}`) }), {
          code: 'EQUOTES',
          given,
        })
        ;(args.at(-1) as (error: Error) => void)(quoting)
      }
      const bank = { read: fail, save: fail, del: fail, scan: fail } as unknown as core.Bank
      await useStores(detector, bank, async () => {})
      const throwing = () => {
        throw new Error(Object.values(CANARIES).join())
      }
      const rude = { read: throwing, save: throwing, del: throwing, scan: throwing } as unknown as core.Bank
      await useStores(detector, rude, async () => {})
    },
    errors: ['OperationError'],
  },
  'on a databank that does not answer, with too many operations of one session': {
    async provoke(detector) {
      const nothing = () => {}
      const none = (...args: unknown[]) => {
        ;(args.at(-1) as (error: Error) => void)(Object.assign(new Error('none'), { name: 'NoSuchThingError' }))
      }
      for (const read of [none, nothing]) {
        const bank = { read, save: nothing, del: nothing, scan: none } as unknown as core.Bank
        const sessions = new core.SessionStore(bank, { cleanupInterval: false, timeout: 250 })
        await detector.call('load', () => sessions.load(sid))
        await detector.call('save', () => sessions.save(sid, secret()))
        await detector.call('update', () => sessions.update(sid, () => {}))
        detector.inspect('bank at work', bank)
        detector.inspect('store at work', sessions)
      }
      const bank = { read: none, save: none, del: nothing, scan: none } as unknown as core.Bank
      const full = new core.SessionStore(bank, { cleanupInterval: false, timeout: 1_000 })
      const waiting = Array.from({ length: MOST_WAITING + 1 }, () => full.destroy(sid).catch(() => {}))
      await detector.call('one too many', () => full.destroy(sid))
      detector.inspect('full store', full)
      await Promise.all(waiting)
    },
    least: 10,
    errors: ['BankTimeoutError', 'UnknownOutcomeError', 'QueueFullError'],
  },
  'for a slow update function, and for constant conflicts': {
    async provoke(detector) {
      const bank = await core.openDatabank('memory:')
      const records = bank.records?.bind(bank) as NonNullable<typeof bank.records>
      const sessions = new core.SessionStore(bank, { cleanupInterval: false, timeout: 200 })
      await sessions.save(sid, secret())
      await detector.call('a slow update', () => sessions.update(sid, () => new Promise(() => {})))
      bank.records = (type) => Object.assign(records(type), { write: async () => null })
      const losing = new core.SessionStore(bank, { cleanupInterval: false, timeout: 200 })
      await detector.call('an update', () =>
        losing.update(sid, (session) => void Object.assign(session, secret(), { n: 1 })),
      )
      await bank.disconnect()
    },
    least: 3,
    errors: ['SlowChangeError', 'ConflictError'],
  },
}
for (const [index, url] of URLS.entries()) {
  scenarios[`for a URL that cannot be opened (${index})`] = {
    async provoke(detector) {
      for (const options of [{ timeout: 50 }, { timeout: -1 }, { odd: value }, { url: `${url}?` }, { schema: value }]) {
        await detector.call('openDatabank', () => core.openDatabank(url, options as Record<string, unknown>))
      }
      for (const odd of [
        `${url}[`,
        url.replace('//', ''),
        url.replace('@', '@@'),
        url.replace('127.0.0.1:1', ':x'),
        `x${url}`,
      ]) {
        await detector.call('openDatabank', () => core.openDatabank(odd, { timeout: 50 }))
      }
    },
    least: 5,
  }
}

const done = new Map<string, Promise<LeakDetector>>()

/** Runs a scenario, once for all tests. */
function detectorOf(name: string): Promise<LeakDetector> {
  const known = done.get(name)
  if (known) return known
  const detector = new LeakDetector()
  const running = (scenarios[name] as Scenario)
    .provoke(detector)
    .finally(() => detector.end())
    .then(() => detector)
  done.set(name, running)
  return running
}

describe('no log, event, trace, warning, error or inspection shows an id, a content or a login', () => {
  it.each(Object.entries(scenarios))('%s', async (name, { least, errors = [] }) => {
    const detector = await detectorOf(name)
    expect([...detector.errorNames]).toEqual(expect.arrayContaining(errors))
    detector.expectNoLeaks(least)
  })
})

describe('the error classes', () => {
  /** Classes whose constructors get names of packages only: nothing of a session or a URL. */
  const NAMES_OF_PACKAGES = [
    'MissingClientError',
    'MissingDriverError',
    'BrokenPackageError',
    'IncompatibleFrameworkError',
  ]

  it('are all provoked by a scenario, except those about packages', async () => {
    const provoked = new Set<string>()
    for (const name of Object.keys(scenarios)) {
      for (const error of (await detectorOf(name)).errorNames) provoked.add(error)
    }
    const isOurs = (value: unknown) => typeof value === 'function' && value.prototype instanceof core.SessionbankError
    const names = Object.entries({ ...kit, ...core })
      .filter(([, value]) => isOurs(value))
      .map(([name]) => name)
    expect(names.filter((name) => !provoked.has(name)).sort()).toEqual(
      ['BankError', ...NAMES_OF_PACKAGES].filter((name) => names.includes(name)).sort(),
    )
  })
})
