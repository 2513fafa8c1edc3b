import Koa from 'koa'
import session, { type CreateSessionOptions } from 'koa-session'
import { type Bank, DatabankStore, externalKey, openDatabank, type SessionData } from '../src/index.ts'

/** `tsc` is the test: every line has to compile without a cast, and each expected error has to occur. */
describe('the types', () => {
  it("fit into koa-session's options without a cast", async () => {
    const app = new Koa()
    const store = new DatabankStore(await openDatabank('memory:'), { cleanupInterval: false })
    const options: CreateSessionOptions = { store, ...externalKey({ secret: 'a secret', name: 'sid' }) }

    expect(session({ store }, app)).toBeInstanceOf(Function)
    expect(session(options, app)).toBeInstanceOf(Function)
  })

  it("accept options, or connect-databank's arguments", () => {
    const constructors = (bank: Bank) => [
      new DatabankStore(bank),
      new DatabankStore(bank, { ttl: false }),
      new DatabankStore(bank, null, 300_000),
      // @ts-expect-error no such option
      new DatabankStore(bank, { tll: 5 }),
    ]
    expect(constructors).toBeInstanceOf(Function)
  })

  it('return promises', () => {
    const calls = async (store: DatabankStore) => {
      const found: Record<string, unknown> | null = await store.get('a')
      const all: SessionData[] = await store.all()
      await store.set('a', { _session: true })
      await store.destroy('a')
      return { found, all }
    }
    expect(calls).toBeInstanceOf(Function)
  })

  it("include the app's session and the events", () => {
    const calls = async (store: DatabankStore<{ user: { id: number } }>) => {
      const [found] = await store.find({ 'user.id': 5 })
      store.on('cleanup', ({ removed }) => removed.toFixed()).once('dropped', ({ handle }) => handle.length)
      // @ts-expect-error no such event
      store.on('swept', () => {})
      // @ts-expect-error no such key
      found?.session.nope
      return found?.session.user.id
    }
    expect(calls).toBeInstanceOf(Function)
  })
})
