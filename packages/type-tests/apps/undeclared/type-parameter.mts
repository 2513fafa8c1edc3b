// An app that passes the type of its sessions to the store.
import fastifySession from '@fastify/session'
import { DatabankStore as ExpressStore, type FoundSession } from '@sessionbank/express-databank-store'
import { DatabankStore as FastifyStore } from '@sessionbank/fastify-databank-store'
import { DatabankStore as KoaStore } from '@sessionbank/koa-databank-store'
import { type Bank, type Criteria, type ListedSession, type SessionData, SessionStore } from '@sessionbank/session-core'
import { expectTypeOf } from 'expect-type'
import session from 'express-session'
import Fastify from 'fastify'
import Koa from 'koa'
import koaSession from 'koa-session'

interface MySession {
  user?: { id: number; name: string } | null
  visits: number
}

declare const bank: Bank
const express = new ExpressStore<MySession>(bank)
const fastify = new FastifyStore<MySession>(bank)
const koa = new KoaStore<MySession>(bank)
const core = new SessionStore<MySession>(bank)
const ttl = (current: { visits: number }) => (current.visits > 9 ? 1_000 : 2_000)
for (const Store of [ExpressStore, FastifyStore, KoaStore, SessionStore]) {
  new Store<MySession>(bank, { ttl })
  new Store<MySession>(bank, { ttl: (current) => current.visits })
  // @ts-expect-error no such key
  new Store<MySession>(bank, { ttl: (current) => current.nope })
}
session({ store: express, secret: 'a secret' })
Fastify().register(fastifySession, { store: fastify, secret: 'a secret of at least 32 characters' })
koaSession({ store: koa }, new Koa())

expectTypeOf(await express.get('a')).toEqualTypeOf<SessionData<MySession> | null>()
expectTypeOf(await fastify.get('a')).toEqualTypeOf<SessionData<MySession> | null>()
expectTypeOf((await koa.get('a'))?.visits).toEqualTypeOf<number | undefined>()
expectTypeOf(await core.load('a')).toEqualTypeOf<SessionData<MySession> | null>()
express.get('a', (_error, found) => expectTypeOf(found).toEqualTypeOf<SessionData<MySession> | null | undefined>())
expectTypeOf(await express.find({ 'user.id': 42 })).toEqualTypeOf<FoundSession<MySession>[]>()
expectTypeOf(await express.all()).toEqualTypeOf<ListedSession<MySession>[]>()
await express.set('a', { visits: 1 })
await fastify.set('a', { visits: 1 })
await koa.set('a', { visits: 1, _maxAge: 1_000 })
// @ts-expect-error no such key
await koa.set('a', { visits: 1, nope: 1 })
// @ts-expect-error no such key
await express.set('a', { visits: 1, nope: 1 })
// @ts-expect-error no such key
await fastify.set('a', { visits: 1, nope: 1 })
for (const store of [express, fastify, koa, core]) {
  await store.find({ 'user.name': 'ann', user: null })
  // @ts-expect-error a number, not a text
  await store.find({ 'user.id': '42' })
  // @ts-expect-error no such key
  await store.destroyWhere({ 'user.nope': 1 })
  await store.update('a', (current) => {
    current.visits++
    // @ts-expect-error no such key
    current.nope = 1
  })
}
// The app's own key `sid` has its own type.
expectTypeOf<ListedSession<{ sid: number }>['sid']>().toEqualTypeOf<number>()
expectTypeOf<ListedSession<MySession>['sid']>().toEqualTypeOf<string | undefined>()

// Criteria with a declared type.
const byUser = (id: number): Criteria<MySession, 'user.id'> => ({ 'user.id': id })
await express.find(byUser(42))
const byName = { 'user.name': 'ann' } as const
await express.find(byName)
const byFieldOfRequest: Criteria = { 'user.nope': 1 }
await express.find(byFieldOfRequest)
