import session from '@fastify/session'
import {
  DatabankStore,
  type DeclaredData,
  type FoundSession,
  openDatabank,
  type SessionData,
  type StoreOptions,
} from '@sessionbank/fastify-databank-store'
import { expectTypeOf } from 'expect-type'
import Fastify from 'fastify'
import type { User } from './user.mjs'

declare module 'fastify' {
  interface Session {
    user?: User
  }
}
declare module '@fastify/session' {
  interface FastifySessionObject {
    visits?: number
  }
}

const store = new DatabankStore(await openDatabank('memory:'))
const app = Fastify()
app.register(session, { store, secret: 'a secret of at least 32 characters' })

expectTypeOf<DeclaredData>().toEqualTypeOf<{ user?: User; visits?: number }>()
app.get('/', async (request) => {
  const found = await store.get(request.session.sessionId)
  expectTypeOf(found?.user).toEqualTypeOf(request.session.user)
  expectTypeOf(found?.visits).toEqualTypeOf(request.session.visits)
  await store.set(request.session.sessionId, request.session)
})

// @ts-expect-error no such key
;(await store.get('a'))?.nope
// @ts-expect-error a key of the request's object, not of the session
;(await store.get('a'))?.sessionId
store.get('a', (_error, found) => {
  expectTypeOf(found).toEqualTypeOf<SessionData | null | undefined>()
  // @ts-expect-error no such key
  found?.nope
})
await store.set('a', { visits: 1, cookie: {} })
// @ts-expect-error no such key
await store.set('a', { nope: 1, cookie: {} })
// @ts-expect-error no text
await store.set('a', { visits: '1', cookie: {} })
const found = await store.get('a')
if (found) await store.set('a', found)
await store.update('a', (current) => {
  current.visits = (current.visits ?? 0) + 1
  // @ts-expect-error no such key
  current.nope = 1
})
for (const { session } of await store.find({ 'user.id': 42, visits: 1 })) {
  expectTypeOf(session).toEqualTypeOf<SessionData>()
}
// @ts-expect-error a number, not a text
await store.find({ 'user.id': '42' })
// @ts-expect-error no such key
await store.destroyWhere({ 'user.name': 'ann' })
expectTypeOf(store.entries()).toEqualTypeOf<AsyncGenerator<FoundSession>>()
// @ts-expect-error no such key
;(await store.all())[0]?.nope

const cart = new DatabankStore<{ cart: { total: number } }>(await openDatabank('memory:'))
app.register(session, { store: cart, secret: 'a secret of at least 32 characters' })
await cart.find({ 'cart.total': 3 })
// @ts-expect-error of the other store
await cart.find({ 'user.id': 42 })

// The function of `ttl` gets the app's sessions.
new DatabankStore(await openDatabank('memory:'), {
  ttl: (session) => (session.user?.role === 'admin' ? 900_000 : false),
})
const options: StoreOptions = { ttl: (session) => (session.visits ?? 0) * 1_000 + 1 }
new DatabankStore(await openDatabank('memory:'), options)
// @ts-expect-error no such key
new DatabankStore(await openDatabank('memory:'), { ttl: (session) => session.nope })
// @ts-expect-error no time
new DatabankStore(await openDatabank('memory:'), { ttl: async () => 1 })
expectTypeOf(
  new DatabankStore(await openDatabank('memory:'), { ttl: (session: object) => (session ? 1 : 2) }),
).toEqualTypeOf(store)
