// Unusual types of sessions.
import { type Bank, SessionStore } from '@sessionbank/session-core'

interface Person {
  name: string
  boss?: Person
  team: Person[]
  account: Account | null
}
interface Account {
  owner: Person
  invoices: { lines: { item: Item; amount: number }[] }[]
  related: Record<string, Account>
}
interface Item {
  sku: string & { readonly brand: 'sku' }
  seller: Account
  parts: Item[]
  tuple: [number, { deep: boolean }]
}
type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
interface Session {
  person?: Person | null
  either: { kind: 'a'; a: number } | { kind: 'b'; b: string }
  optional?: 'x' | 'y'
  undefinable: number | undefined
  carts: Record<string, { total: number }>
  byNumber: { [id: number]: { open: boolean } }
  when: Date
  json: Json
  unknown: unknown
  // biome-ignore lint/suspicious/noExplicitAny: an app may use it
  any: any
  object: object
  method(): void
  level: Level
  readonly frozen: readonly { readonly id: number }[]
}
enum Level {
  Low = 1,
  High,
}

declare const bank: Bank
declare const sku: Item['sku']
const store = new SessionStore<Session>(bank)
await store.find({ 'person.name': 'ann', person: null })
await store.find({ 'person.boss.boss.team.0.account.owner.boss.account.related.x.related.y.owner.name': 'ann' })
await store.find({ 'person.account.invoices.0.lines.1.item.parts.2.sku': sku })
await store.find({ 'person.account.invoices.0.lines.1.item.tuple.1.deep': true })
await store.find({ 'either.kind': 'a', 'either.a': 1, 'either.b': 'x' })
await store.find({ optional: 'x', undefinable: 1, 'carts.any.total': 5, 'byNumber.7.open': true })
await store.find({ when: '2026-01-01T00:00:00.000Z', level: Level.Low, 'frozen.0.id': 1, 'person.team.length': 3 })
await store.find({ json: 1, 'json.a.b': 'x', unknown: 1, 'unknown.a': 'x', 'any.thing': true, 'object.a': null })
await store.find({ 'cookie.path': '/', 'cookie.originalMaxAge': 5, 'cookie.own': 'x', sid: 'a' })
// @ts-expect-error of no branch
await store.find({ 'either.c': 1 })
// @ts-expect-error of the other branch
await store.find({ 'either.a': 'x' })
// @ts-expect-error no such value
await store.find({ optional: 'z' })
// @ts-expect-error no branded text
await store.find({ 'person.account.invoices.0.lines.1.item.sku': 'x' })
// @ts-expect-error an array is no scalar
await store.find({ 'person.team': 'x' })
// @ts-expect-error no number as a key
await store.find({ 'byNumber.x.open': true })
// @ts-expect-error a date is a text in JSON
await store.find({ when: new Date() })
// @ts-expect-error JSON has no functions
await store.find({ method: 'x' })
// @ts-expect-error a cookie has no such path
await store.find({ 'cookie.path': 5 })
// @ts-expect-error ids are texts
await store.find({ sid: 5 })
// @ts-expect-error no such key, at the end of a long path
await store.find({ 'person.boss.boss.team.0.account.owner.nope': 'ann' })

// A union of session types.
await new SessionStore<{ user: number } | { guest: true }>(bank).find({ user: 1 })
await new SessionStore<{ [key: string]: unknown }>(bank).find({ any: 1, 'any.thing': 'x' })
await new SessionStore<object>(bank).find({ 'cookie.path': '/' })
