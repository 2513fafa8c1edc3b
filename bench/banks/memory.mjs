import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import session from 'express-session'
import memorystore from 'memorystore'
import { storeContestant } from '../store-contestant.mjs'
import { connectDatabank } from './databank-memory.mjs'

const MemoryStoreWithLimit = memorystore(session)

export const title = 'Memory: `memory:`'
export const start = async () => null

export function ours() {
  return storeContestant('sessionbank', async () => {
    const bank = await openDatabank('memory:')
    return { store: new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 }), close: () => bank.disconnect() }
  })
}

export function peers() {
  const goals = { set: 0.7, get: 1.1, touch: 1.5 }
  return [
    { contestant: connectDatabank(), goals: { set: 1.3, get: 1.5, destroy: 1.2 } },
    { contestant: storeOf("express-session's MemoryStore", () => new session.MemoryStore()), goals },
    { contestant: storeOf('memorystore', () => new MemoryStoreWithLimit({})), goals },
  ]
}

function storeOf(name, make) {
  return storeContestant(name, async () => ({ store: make(), close() {} }))
}
