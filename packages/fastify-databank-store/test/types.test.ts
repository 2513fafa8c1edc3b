import fastifySession, { type FastifySessionOptions, type SessionStore } from '@fastify/session'
import fastify from 'fastify'
import { type Bank, DatabankStore, openDatabank, type SessionData } from '../src/index.ts'
import { SECRET } from './setup.ts'

/** `tsc` is the test: every line has to compile without a cast, and each expected error has to occur. */
describe('the types', () => {
  it('fit into the store option of @fastify/session without a cast', async () => {
    const store = new DatabankStore(await openDatabank('memory:'), { cleanupInterval: false })
    const asStore: SessionStore = store
    const options: FastifySessionOptions = { store, secret: SECRET, cookiePrefix: 's:', rolling: false }
    const register = () => fastify().register(fastifySession, { store, secret: SECRET })

    expect(options.store).toBe(asStore)
    expect(register).toBeInstanceOf(Function)
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

  it('return a promise without a callback, and nothing with one', () => {
    const calls = async (store: DatabankStore) => {
      const found: SessionData | null = await store.get('a')
      const all: SessionData[] = await store.all()
      store.get('a', (error, session) => [error, session?.anything])
      // @ts-expect-error no promise with a callback
      store.destroy('a', () => {}).then(() => {})
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
