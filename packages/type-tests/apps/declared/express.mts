import {
  DatabankStore,
  type DeclaredData,
  type FoundSession,
  openDatabank,
  type SessionData,
  type StoreOptions,
} from '@sessionbank/express-databank-store'
import { expectTypeOf } from 'expect-type'
import express from 'express'
import session from 'express-session'
import type { User } from './user.mjs'

declare module 'express-session' {
  interface SessionData {
    user: User
    visits?: number
  }
}

const store = new DatabankStore(await openDatabank('memory:'))
const app = express()
app.use(session({ store, secret: 'a secret', resave: false, saveUninitialized: false }))

// Sessions from the store have the same type as in a request.
expectTypeOf<DeclaredData>().toEqualTypeOf<{ user?: User; visits?: number }>()
app.get('/', async (req, res) => {
  const found = await store.get(req.sessionID)
  expectTypeOf(found?.user).toEqualTypeOf(req.session.user)
  expectTypeOf(found?.visits).toEqualTypeOf(req.session.visits)
  expectTypeOf(found?.cookie.path).toEqualTypeOf<string | null | undefined>()
  await store.set(req.sessionID, req.session)
  await store.touch(req.sessionID, req.session)
  res.end()
})

// @ts-expect-error no such key
;(await store.get('a'))?.nope
store.get('a', (error, found) => {
  expectTypeOf(error).toBeUnknown()
  expectTypeOf(found).toEqualTypeOf<SessionData | null | undefined>()
  // @ts-expect-error no such key
  found?.nope
})
const asFrameworkSays = (_error: unknown, _found?: session.SessionData | null) => {}
store.get('a', asFrameworkSays)

await store.set('a', { user: { id: 1, role: 'user', since: new Date(), tags: [] }, cookie: {} })
await store.set('a', { visits: 1 })
// @ts-expect-error no such key
await store.set('a', { nope: 1, cookie: {} })
// @ts-expect-error no text
await store.set('a', { visits: '1', cookie: {} })
const found = await store.get('a')
if (found) await store.set('a', found)

const updated = await store.update('a', (current) => {
  current.visits = (current.visits ?? 0) + 1
  // @ts-expect-error as in a request, it may be absent
  current.user.id++
  // @ts-expect-error no such key
  current.nope = 1
})
expectTypeOf(updated).toEqualTypeOf<SessionData | null>()
// @ts-expect-error no text
await store.update('a', (current) => ({ ...current, visits: '1' }))

// Criteria are typed by the path.
await store.find({ 'user.id': 42 })
await store.find({ 'user.id': 42, 'user.role': 'admin', visits: 3 })
await store.find({ 'user.team.lead.team.lead.team.name': 'x', 'user.team.lead': null, 'user.tags.0': 'x' })
await store.find({ 'user.since': '2026-01-01T00:00:00.000Z', 'cookie.path': '/', sid: 'a' })
const [first] = await store.find({ 'user.id': 42 })
expectTypeOf<NonNullable<typeof first>>().toEqualTypeOf<FoundSession>()
expectTypeOf(first?.session.user?.id).toEqualTypeOf<number | undefined>()
store.find({ visits: 1 }, (_error, sessions) => expectTypeOf(sessions).toEqualTypeOf<FoundSession[]>())
// @ts-expect-error a number, not a text
await store.find({ 'user.id': '42' })
// @ts-expect-error a number, not a text
store.find({ 'user.id': '42' }, () => {})
// @ts-expect-error no such role
await store.find({ 'user.role': 'root' })
// @ts-expect-error no such key
await store.find({ 'user.name': 'ann' })
// @ts-expect-error no such key, beside one that there is
await store.find({ visits: 1, nope: 1 })
// @ts-expect-error no such key, three levels down
await store.find({ 'user.team.lead.team.nope': 1 })
// @ts-expect-error an object is no scalar
await store.find({ 'user.team': { name: 'x' } })
// @ts-expect-error nothing is found by an object
await store.find({ 'user.team': 'x' })
// @ts-expect-error no path goes into a text
await store.find({ 'user.role.length': 4 })
// @ts-expect-error it may be undefined, which finds nothing
await store.find({ 'user.id': found?.user?.id })
// @ts-expect-error it may be undefined, beside one that is not
await store.find({ visits: 1, 'user.id': found?.user?.id })
// @ts-expect-error no criteria
await store.find(() => 0)
// @ts-expect-error no criteria
await store.find(42)

// If the field is known only at run time, only the value is checked.
const field: string = 'user.id'
await store.find({ [field]: 42 })
// @ts-expect-error no scalar
await store.find({ [field]: new Date() })

expectTypeOf(await store.destroyWhere({ 'user.id': 42 }, { except: 'a' })).toEqualTypeOf<number>()
store.destroyWhere({ 'user.id': 42 }, { handle: ['a'] }, () => {})
store.destroyWhere({ 'user.id': 42 }, () => {})
// @ts-expect-error a number, not a text
await store.destroyWhere({ 'user.id': '42' })
// @ts-expect-error a number, not a text
store.destroyWhere({ 'user.id': '42' }, {}, () => {})
// @ts-expect-error a number, not a text
store.destroyWhere({ 'user.id': '42' }, () => {})
// @ts-expect-error no such option
await store.destroyWhere({ 'user.id': 42 }, { exept: 'a' })

expectTypeOf(store.entries()).toEqualTypeOf<AsyncGenerator<FoundSession>>()
const [listed] = await store.all()
expectTypeOf(listed?.user?.id).toEqualTypeOf<number | undefined>()
expectTypeOf(listed?.sid).toEqualTypeOf<string | undefined>()
// @ts-expect-error no such key
listed?.nope
store.all((_error, all) => {
  // @ts-expect-error no such key
  all?.[0]?.nope
})
expectTypeOf(await store.sessions.load('a')).toEqualTypeOf<SessionData | null>()
// @ts-expect-error a number, not a text
await store.sessions.find({ 'user.id': '42' })

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

// A type parameter takes precedence over the declaration, and such a store is accepted wherever a store is.
const cart = new DatabankStore<{ cart: { total: number } }>(await openDatabank('memory:'))
session({ store: cart, secret: 'a secret' })
expectTypeOf((await cart.get('a'))?.cart.total).toEqualTypeOf<number | undefined>()
await cart.find({ 'cart.total': 3 })
// @ts-expect-error of the other store
await cart.find({ 'user.id': 42 })
// @ts-expect-error no such key
;(await cart.get('a'))?.user
