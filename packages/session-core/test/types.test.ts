import { EventEmitter } from 'node:events'
import { withStoreMethods } from '../src/adapter.ts'
import { type Bank, type FoundSession, SessionStore } from '../src/index.ts'

interface Visit {
  user?: { id: number }
  visits: number
}

/** `tsc` is the test: every line has to compile without a cast, and each expected error has to occur. */
describe('the types of a store', () => {
  it("include the app's session if it declares one", () => {
    const calls = async (bank: Bank) => {
      const store = new SessionStore<Visit>(bank)
      const visits: number | undefined = (await store.load('a'))?.visits
      // @ts-expect-error no such key
      ;(await store.load('a'))?.nope
      const updated = await store.update('a', (session) => {
        session.visits++
        // @ts-expect-error no such key
        session.nope = 1
      })
      const found: FoundSession<Visit>[] = await store.find({ 'user.id': 5 })
      const ids: (number | undefined)[] = found.map(({ session }) => session.user?.id)
      for await (const { session } of store.entries()) session.visits.toFixed()
      return [visits, updated?.visits, ids, (await store.all())[0]?.cookie.path]
    }
    expect(calls).toBeInstanceOf(Function)
  })

  it('include the possible values of a path in criteria', () => {
    const calls = async (store: SessionStore<Visit>, id: number | undefined) => [
      await store.find({ 'user.id': 5, visits: 1, sid: 'a', 'cookie.path': '/' }),
      // @ts-expect-error must be a number
      await store.find({ 'user.id': '5' }),
      // @ts-expect-error no such path
      await store.destroyWhere({ 'user.nope': 5 }),
      // @ts-expect-error must not be undefined
      await store.find({ visits: 1, 'user.id': id }),
    ]
    expect(calls).toBeInstanceOf(Function)
  })

  it('allow any key of a session without declared types', () => {
    const calls = async (store: SessionStore) => (await store.load('a'))?.anything.at.all
    expect(calls).toBeInstanceOf(Function)
  })

  it('include the events and their arguments, also in a store that wraps this one', () => {
    class AppStore<Data extends object> extends withStoreMethods(EventEmitter)<Data> {
      readonly sessions = new SessionStore<Data>({} as Bank)
    }
    const listen = (store: AppStore<Visit>) => {
      store.sessions.on('dropped', ({ handle }) => handle.length)
      // @ts-expect-error no such event
      store.sessions.on('swept', () => {})
      store.on('merged', ({ handle, keys }) => [handle.length, keys.length])
      store.once('cleanup', ({ removed }) => removed.toFixed())
      // @ts-expect-error no such event
      store.on('swept', () => {})
      // @ts-expect-error no such number in the report
      store.on('cleanup', ({ swept }) => swept)
      // @ts-expect-error no such argument
      store.emit('dropped')
    }
    const calls = async (store: AppStore<Visit>) => [
      (await store.find({ visits: 1 }))[0]?.session.visits,
      // @ts-expect-error no such key
      (await store.all())[0]?.nope,
    ]
    expect([listen, calls]).toHaveLength(2)
  })
})
