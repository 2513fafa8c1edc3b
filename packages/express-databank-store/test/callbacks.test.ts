import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { DatabankStore } from '../src/index.mts'
import { answerOf, openStore, sessionOf } from './setup.ts'

type Callback = (...outcome: unknown[]) => void
type Call = (store: DatabankStore, callback?: Callback) => unknown

const CALLS: [string, Call][] = [
  ['get', (store, done) => store.get('a', done as never)],
  ['set', (store, done) => store.set('a', sessionOf({ n: 2 }), done as never)],
  ['touch', (store, done) => store.touch('a', sessionOf(), done as never)],
  ['destroy', (store, done) => store.destroy('a', done as never)],
  ['all', (store, done) => store.all(done as never)],
  ['length', (store, done) => store.length(done as never)],
  ['clear', (store, done) => store.clear(done as never)],
  ['cleanup', (store, done) => store.cleanup(done as never)],
  ['close', (store, done) => store.close(done as never)],
  ['update', (store, done) => store.update('a', (found) => found, done as never)],
  ['find', (store, done) => store.find({ n: 1 }, done as never)],
  ['destroyWhere', (store, done) => store.destroyWhere({ n: 1 }, done as never)],
]

/** Waits long enough for a second call of the callback. */
const laterTurns = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

afterEach(() => jest.restoreAllMocks())

describe.each(CALLS)('%s', (_, call) => {
  it('calls its callback once, asynchronously, and returns no promise', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ n: 1 }))
    const callback = jest.fn()

    const given = call(store, callback)
    const calledAtOnce = callback.mock.calls.length
    await laterTurns()

    expect([given, calledAtOnce]).toEqual([undefined, 0])
    expect(callback).toHaveBeenCalledTimes(1)
    expect(callback.mock.calls[0]?.[0]).toBeNull()
  })

  it('returns a promise of the same result without a callback', async () => {
    // The results of find contain times, so both stores must have the same time.
    jest.spyOn(Date, 'now').mockReturnValue(Date.now())
    const [one, other] = [await openStore(), await openStore()]
    for (const { store } of [one, other]) await store.set('a', sessionOf({ n: 1 }, null))

    const [, told] = await answerOf((done) => call(one.store, done))
    const promised = await call(other.store)

    expect(comparable(promised)).toEqual(comparable(told))
  })
})

describe('a call on a bank that is not connected', () => {
  it.each(CALLS.filter(([name]) => name !== 'close'))(
    'calls the callback of %s once with the error',
    async (_, call) => {
      const { store, bank } = await openStore()
      await new Promise((resolve) => bank.disconnect(resolve))
      const callback = jest.fn()

      call(store, callback)
      await laterTurns()

      expect(callback).toHaveBeenCalledTimes(1)
      expect(callback.mock.calls[0]).toEqual([expect.objectContaining({ code: 'SESSIONBANK_NOT_CONNECTED' })])
    },
  )
})

describe('an exception of a callback', () => {
  it.each(CALLS.map(([name]) => name))(
    'of %s causes a warning with its stack, and does not end the process',
    (method) => {
      const { stdout, stderr, status } = run('throwing-callback.cjs', method)

      expect([stdout, status]).toEqual(['warning: true\ncalled 1 time\n', 0])
      expect(stderr).toMatch(/SessionbankWarning: .*thrown by the app/)
    },
  )

  it.each(['event', 'log'])('goes to the %s if the store has one', (reportedTo) => {
    const { stdout, stderr, status } = run('throwing-callback.cjs', 'get', reportedTo)

    expect([stdout, stderr, status]).toEqual([`${reportedTo}: thrown by the app\ncalled 1 time\n`, '', 0])
  })
})

describe('without a callback', () => {
  it('a failed call whose promise is ignored does not end the process', () => {
    const { stdout, status } = run('ignored-promises.cjs')

    expect([stdout, status]).toEqual(['still here\n', 0])
  })
})

describe('a callback', () => {
  it.each([['text'], [5], [{}], [true]])('is refused at once if it is %p', async (callback) => {
    const { store } = await openStore()

    expect(() => store.destroy('a', callback as never)).toThrow(/a callback must be a function/)
  })
})

/** Runs a script of this folder in a child process. */
function run(script: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(__dirname, script), ...args], { encoding: 'utf8' })
}

/** Removes the values that differ from call to call. */
function comparable(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'ms' in value) return { ...value, ms: 0 }
  return value
}
