import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { mongodb } from '@sessionbank/test-servers'
import MongoStore from 'connect-mongo'
import { storeContestant } from '../store-contestant.mjs'

export const title = 'MongoDB (a protocol stand-in): `mongodb://host/db`'
export const operations = ['set', 'get', 'touch', 'save', 'destroy']
export const start = () => mongodb.start()

export function ours({ url }) {
  return storeContestant('sessionbank', async () => {
    const bank = await openDatabank(url)
    const close = () => new Promise((resolve) => bank.disconnect(resolve))
    return { store: new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 }), close }
  })
}

export function peers({ url }) {
  const peer = storeContestant('connect-mongo', async () => {
    const store = MongoStore.create({ mongoUrl: url, collectionName: 'connect_mongo', stringify: false })
    return { store, close: () => store.close() }
  })
  return [{ contestant: peer, goals: { set: 1, get: 1, touch: 1, save: 1, destroy: 1 } }]
}
