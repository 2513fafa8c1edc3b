import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import { mongodb } from '@sessionbank/test-servers'
import MongoStore from 'connect-mongo'
import { storeContestant } from '../store-contestant.mjs'

export const title = 'MongoDB (a protocol stand-in): `mongodb://host/db`'
export const start = () => mongodb.start()

export function ours({ url }) {
  return storeContestant('sessionbank', async () => {
    const bank = await openDatabank(url)
    const close = () => new Promise((resolve) => bank.disconnect(resolve))
    return { store: new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 }), close }
  })
}

/** Both settings are measured, because neither is the faster one for every operation. */
export function peers({ url }) {
  return [false, true].map((stringify) => ({ contestant: connectMongo(url, stringify), goals: GOALS }))
}

function connectMongo(mongoUrl, stringify) {
  return storeContestant(`connect-mongo, \`stringify: ${stringify}\``, async () => {
    const store = MongoStore.create({ mongoUrl, collectionName: `connect_mongo_${stringify}`, stringify })
    return { store, close: () => store.close() }
  })
}

const GOALS = {
  64: { set: 1, get: 1.5, touch: 1.1, save: 0.8, destroy: 1 },
  8: { set: 1, get: 1, touch: 1, save: 0.8, destroy: 1 },
  1: { set: 0.9, get: 0.9, touch: 0.9, save: 0.8, destroy: 0.9 },
}
