import type { DatabankStore } from '../src/index.ts'
import { HOUR, openStore } from './setup.ts'

type Callback = (...outcome: unknown[]) => void
type Call = (store: DatabankStore, callback: Callback) => unknown

const sessionOf = (data: object) => ({
  ...data,
  cookie: { originalMaxAge: HOUR, expires: new Date(Date.now() + HOUR) },
})
const CALLS: [string, Call, unknown[]][] = [
  ['get', (store, done) => store.get('a', done), [null, expect.objectContaining({ n: 1 })]],
  ['get of a missing session', (store, done) => store.get('nobody', done), [null, null]],
  ['set', (store, done) => store.set('a', sessionOf({ n: 2 }), done), [null]],
  ['destroy', (store, done) => store.destroy('a', done), [null]],
  ['destroy of a missing session', (store, done) => store.destroy('nobody', done), [null]],
]

const laterTurns = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe.each(CALLS)('%s', (_, call, outcome) => {
  it('calls its callback once, asynchronously', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ n: 1 }))
    const callback = jest.fn()

    call(store, callback)
    const calledAtOnce = callback.mock.calls.length
    await laterTurns()

    expect(calledAtOnce).toBe(0)
    expect(callback.mock.calls).toEqual([outcome])
  })

  it('calls its callback once with the error if the bank is not connected', async () => {
    const { store, bank } = await openStore()
    await new Promise((resolve) => bank.disconnect(resolve))
    const callback = jest.fn()

    call(store, callback)
    await laterTurns()

    expect(callback).toHaveBeenCalledTimes(1)
    expect(callback.mock.calls[0]?.[0]).toMatchObject({ code: 'SESSIONBANK_NOT_CONNECTED' })
  })
})

describe('a callback that throws', () => {
  const failure = new Error('thrown by the app')
  const throwing = () =>
    jest.fn(() => {
      throw failure
    })

  it.each(CALLS.filter(([name]) => name !== 'set'))(
    'is called once by %s, and its error is reported',
    async (_, call, outcome) => {
      const { store } = await openStore()
      await store.set('a', sessionOf({ n: 1 }))
      const [callback, reported] = [throwing(), jest.fn()]
      store.on('error', reported)

      call(store, callback)
      await laterTurns()

      expect(callback.mock.calls).toEqual([outcome])
      expect(reported.mock.calls).toEqual([[failure]])
    },
  )

  it('is called again by set with its error, so that @fastify/session fails the request; a second error is reported', async () => {
    const { store } = await openStore()
    const [callback, reported] = [throwing(), jest.fn()]
    store.on('error', reported)

    store.set('a', sessionOf({ n: 1 }), callback)
    await laterTurns()

    expect(callback.mock.calls).toEqual([[null], [failure]])
    expect(reported.mock.calls).toEqual([[failure]])
  })

  it('is called once by a failed set', async () => {
    const { store, bank } = await openStore()
    await new Promise((resolve) => bank.disconnect(resolve))
    const [callback, reported] = [throwing(), jest.fn()]
    store.on('error', reported)

    store.set('a', sessionOf({ n: 1 }), callback)
    await laterTurns()

    expect(callback.mock.calls).toEqual([[expect.objectContaining({ code: 'SESSIONBANK_NOT_CONNECTED' })]])
    expect(reported.mock.calls).toEqual([[failure]])
  })
})

describe('without a callback', () => {
  it('each method returns a promise', async () => {
    const { store } = await openStore()

    await store.set('a', sessionOf({ n: 1 }))
    expect(await store.get('a')).toMatchObject({ n: 1 })
    await store.destroy('a')
    expect(await store.get('a')).toBeNull()
  })

  it('a failed call whose promise is ignored causes no unhandled rejection', async () => {
    const { store, bank } = await openStore()
    await new Promise((resolve) => bank.disconnect(resolve))
    const unhandled = jest.fn()
    process.on('unhandledRejection', unhandled)

    store.destroy('a')
    store.set('a', { n: 1n, cookie: {} })
    store.get('a')
    await laterTurns()

    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})
