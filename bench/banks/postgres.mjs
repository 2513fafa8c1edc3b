import { createRequire } from 'node:module'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { postgres } from '@sessionbank/test-servers'
import session from 'express-session'
import pg from 'pg'
import { storeContestant } from '../store-contestant.mjs'

const PgStore = createRequire(import.meta.url)('connect-pg-simple')(session)

export const title = 'PostgreSQL: `postgres://host/db`'
export const operations = ['set', 'get', 'touch', 'save', 'destroy']
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
    const pool = new pg.Pool({ connectionString: url })
    const store = new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false })
    return { store, close: () => pool.end() }
  })
  return [{ contestant: peer, goals: { set: 1.2, get: 1.2, touch: 1.2, destroy: 1.2 } }]
}
