import session from 'express-session'
import { type Bank, type CleanupReport, DatabankStore, type SessionData, type StoreOptions } from '../src/index.mts'
import { openBank } from './setup.ts'

/** `tsc` is the test: every line has to compile without a cast, and each expected error has to occur. */
describe('the types', () => {
  it('fit into the store option of express-session without a cast', async () => {
    const { bank } = await openBank()
    const options: session.SessionOptions = { store: new DatabankStore(bank), secret: 'a secret' }
    const store: session.Store = new DatabankStore(bank, { cleanupInterval: false })

    expect(session({ ...options, resave: false, saveUninitialized: false })).toBeInstanceOf(Function)
    expect(store).toBeInstanceOf(DatabankStore)
  })

  it("accept options, or connect-databank's arguments", () => {
    const constructors = (bank: Bank, options: StoreOptions) => [
      new DatabankStore(bank),
      new DatabankStore(bank, options),
      new DatabankStore(bank, { ttl: false, onConflict: 'overwrite' }),
      new DatabankStore(bank, null),
      new DatabankStore(bank, null, 300_000),
      new DatabankStore(bank, console, false),
      // @ts-expect-error no such option
      new DatabankStore(bank, { tll: 5 }),
      // @ts-expect-error not a bank
      new DatabankStore({}),
    ]
    expect(constructors).toBeInstanceOf(Function)
  })

  it('return a promise without a callback, and nothing with one', () => {
    const calls = async (store: DatabankStore) => {
      const found: SessionData | null = await store.get('a')
      const all: SessionData[] = await store.all()
      const length: number = await store.length()
      const report: CleanupReport = await store.cleanup()
      const updated: SessionData | null = await store.update('a', (current) => {
        current.visits++
      })
      const destroyed: number = await store.destroyWhere({ 'user.id': 5 }, { except: ['a'] })
      store.get('a', (error, current) => [error, current?.anything])
      store.set('a', { cookie: {} }, (error) => error)
      store.length((error, count) => {
        const live: number = count
        return [error, live]
      })
      store.all((error, sessions) => {
        const first: SessionData | undefined = sessions[0]
        return [error, first]
      })
      // @ts-expect-error no promise with a callback
      store.length(() => {}).then(() => {})
      return { found, all, length, report, updated, destroyed }
    }
    expect(calls).toBeInstanceOf(Function)
  })

  it("include the app's session and the events", () => {
    const calls = async (store: DatabankStore<{ user: { id: number } }>) => {
      const id: number | undefined = (await store.get('a'))?.user.id
      const [found] = await store.find({ 'user.id': 5 })
      store.on('cleanup', ({ removed }) => removed.toFixed()).once('dropped', ({ handle }) => handle.length)
      // @ts-expect-error no such event
      store.on('swept', () => {})
      // @ts-expect-error no such key
      found?.session.nope
      return [id, found?.session.user.id, found?.createdAt?.getTime()]
    }
    expect(calls).toBeInstanceOf(Function)
  })
})
