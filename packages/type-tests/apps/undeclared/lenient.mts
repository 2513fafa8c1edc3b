// An app that does not declare its sessions. Code written before stores had types still compiles.
import fastifySession from '@fastify/session'
import type { ChangeSession, Criteria, FoundSession, SessionData } from '@sessionbank/express-databank-store'
import { DatabankStore as ExpressStore } from '@sessionbank/express-databank-store'
import { DatabankStore as FastifyStore } from '@sessionbank/fastify-databank-store'
import { DatabankStore as KoaStore } from '@sessionbank/koa-databank-store'
import { type Bank, openDatabank, SessionStore } from '@sessionbank/session-core'
import { expectTypeOf } from 'expect-type'
import session from 'express-session'
import Fastify from 'fastify'
import Koa from 'koa'
import koaSession from 'koa-session'

interface Visit {
  visits: number
}

declare const bank: Bank
declare const input: object
const express = new ExpressStore(bank)
const fastify = new FastifyStore(bank)
const koa = new KoaStore(bank)
session({ store: express, secret: 'a secret' })
Fastify().register(fastifySession, { store: fastify, secret: 'a secret of at least 32 characters' })
koaSession({ store: koa }, new Koa())
koaSession(new Koa(), { store: koa })

expectTypeOf((await express.get('a'))?.anything).toBeAny()
expectTypeOf((await fastify.get('a'))?.anything).toBeAny()
const ofKoa: Record<string, unknown> | null = await koa.get('a')
express.get('a', (_error, found) => found?.any.thing)
express.get('a', (_error: unknown, found?: Visit | null) => found?.visits)
fastify.get('a', (_error: unknown, found?: Visit | null) => found?.visits)
await express.set('a', { visits: 1, cookie: {} })
await express.set('a', { anything: { at: ['all'] } })
await express.set('a', input)
await fastify.set('a', input)
await koa.set('a', { anything: 1, _session: true })
express.set('a', input, (error) => error)

const change: ChangeSession = (current) => {
  current.anything.at.all = 1
}
const changed: SessionData | null = await express.update('a', change)
await express.update('a', () => ({ whatever: 1, cookie: {} }))
const found: FoundSession[] = await express.find({ 'any.thing': 42, other: 'x', more: true, none: null })
const first = (await express.all())[0]?.sid.anything
const criteria: Criteria = {}
criteria.user = 'ann'
const wide: Record<string, string | number> = criteria as never
await express.find(criteria)
await express.find(wide)
await express.destroyWhere(criteria, { except: ['a'] })
express.find(criteria, (_error, sessions) => sessions[0]?.session.anything)
for (const store of [express, fastify, koa, new SessionStore(bank)]) await store.find({ 'any.thing': 42 })
const options: Record<string, unknown> = { timeout: 5 }
await openDatabank('redis://localhost', options)
await openDatabank(process.env.URL ?? 'disk:./sessions', { anything: 1 })
let replaced = await openDatabank('memory:')
replaced = await openDatabank('disk:./sessions')

// These are still errors.
// @ts-expect-error undefined finds nothing
await express.find({ user: undefined })
// @ts-expect-error no scalar
await express.find({ user: { id: 1 } })
// @ts-expect-error no criteria
await express.find(() => 0)
// @ts-expect-error no criteria
await express.find(42)
// @ts-expect-error no session
await express.set('a', 'a session')
// @ts-expect-error no such event
express.on('swept', () => {})

// A store with a type parameter can be used as a store without it, and the reverse.
const lenient = (store: ExpressStore) => store
const typed = (store: ExpressStore<Visit>) => store
lenient(new ExpressStore<Visit>(bank))
typed(new ExpressStore(bank))

export { changed, first, found, ofKoa, replaced }
