// koa-session 6 with the types of DefinitelyTyped, in which a session has any other keys beside the declared ones.
import { type Bank, DatabankStore, type DeclaredData } from '@sessionbank/koa-databank-store'
import { expectTypeOf } from 'expect-type'
import Koa from 'koa'
import session from 'koa-session'

declare module 'koa-session' {
  interface Session {
    user?: { id: number }
    visits?: number
  }
}

declare const bank: Bank
const store = new DatabankStore(bank)
const app = new Koa()
app.use(session({ store }, app))

expectTypeOf<DeclaredData>().toEqualTypeOf<{ user?: { id: number }; visits?: number }>()
app.use(async (ctx) => {
  const found = await store.get('a')
  expectTypeOf(found?.user).toEqualTypeOf(ctx.session?.user)
})
// @ts-expect-error no such key
;(await store.get('a'))?.nope
// @ts-expect-error a number, not a text
await store.find({ 'user.id': '42' })

const cart = new DatabankStore<{ cart: { total: number } }>(bank)
app.use(session({ store: cart }, app))
await cart.find({ 'cart.total': 3 })
