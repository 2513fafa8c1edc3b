import type { DatabankStore } from '../src/index.ts'
import { openStore } from './setup.ts'

type Call = (store: DatabankStore, callback: () => void) => unknown

const CALLS: [string, Call][] = [
  ['all', (store, done) => store.all(done)],
  ['length', (store, done) => store.length(done)],
  ['clear', (store, done) => store.clear(done)],
  ['cleanup', (store, done) => store.cleanup(done)],
  ['close', (store, done) => store.close(done)],
  ['update', (store, done) => store.update('a', (found) => found, done)],
  ['find', (store, done) => store.find({ n: 1 }, done)],
  ['destroyWhere', (store, done) => store.destroyWhere({ n: 1 }, done)],
]

describe('a callback that throws', () => {
  it.each(CALLS)('is called once by %s, and its error becomes an error event', async (_, call) => {
    const { store } = await openStore()
    const failure = new Error('thrown by the app')
    const reported = new Promise((resolve) => store.on('error', resolve))
    const callback = jest.fn(() => {
      throw failure
    })

    call(store, callback)

    expect(await reported).toBe(failure)
    await new Promise((resolve) => setImmediate(resolve))
    expect(callback).toHaveBeenCalledTimes(1)
  })
})
