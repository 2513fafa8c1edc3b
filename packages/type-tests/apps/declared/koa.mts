import {
  DatabankStore,
  type DeclaredData,
  type FoundSession,
  openDatabank,
  type SessionData,
  type StoreOptions,
} from '@sessionbank/koa-databank-store'
import { expectTypeOf } from 'expect-type'
import Koa from 'koa'
import session, { type Session } from 'koa-session'
import type { User } from './user.mjs'

declare module 'koa-session' {
  interface Session {
    user?: User
    visits?: number
  }
}
declare module 'koa' {
  interface BaseContext {
    session: Session | null
  }
}

const store = new DatabankStore(await openDatabank('memory:'))
const app = new Koa()
app.use(session({ store }, app))

expectTypeOf<DeclaredData>().toEqualTypeOf<{ user?: User; visits?: number }>()
app.use(async (ctx) => {
  const found = await store.get('a')
  expectTypeOf(found?.user).toEqualTypeOf(ctx.session?.user)
})

// @ts-expect-error no such key
;(await store.get('a'))?.nope
expectTypeOf((await store.get('a'))?._maxAge).toEqualTypeOf<number | null | undefined>()
await store.set('a', { visits: 1, _maxAge: 1_000 })
// @ts-expect-error no such key
await store.set('a', { nope: 1 })
// @ts-expect-error no text
await store.set('a', { visits: '1' })
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
app.use(session({ store: cart }, app))
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
