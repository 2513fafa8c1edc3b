import { createRequire } from 'node:module'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { postgres } from '@sessionbank/test-servers'
import session from 'express-session'
import pg from 'pg'
import { storeContestant } from '../store-contestant.mjs'

const PgStore = createRequire(import.meta.url)('connect-pg-simple')(session)

export const title = 'PostgreSQL: `postgres://host/db`'
export const start = () => postgres.start()

export function ours({ url }) {
  return storeContestant('sessionbank', async () => {
    const bank = await openDatabank(url)
    const close = () => new Promise((resolve) => bank.disconnect(resolve))
    return { store: new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 }), close }
  })
}

export function peers({ url }) {
  const peer = storeContestant('connect-pg-simple', async () => {
    // With 64 operations in flight, connect-pg-simple is faster with 20 connections than with pg's default of 10.
    const pool = new pg.Pool({ connectionString: url, max: 20 })
    // The server is stopped while the last connections are closing.
    pool.on('error', () => {})
    const store = new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false })
    return { store, close: () => pool.end() }
  })
  return [{ contestant: peer, goals: { 64: each(2.5), 8: each(1.5), 1: each(1) } }]
}

function each(goal) {
  return { set: goal, get: goal, touch: goal, save: goal, destroy: goal }
}
