import { createRequire } from 'node:module'
import { DatabankStore } from '@sessionbank/express-databank-store'
import session from 'express-session'
import { storeContestant } from '../store-contestant.mjs'

const require = createRequire(import.meta.url)
const { Databank } = require('databank')
const ConnectDatabank = require('connect-databank')(session)

export const title = "Memory: databank's own driver"
export const start = async () => null

export function ours() {
  return storeContestant('sessionbank', async () => {
    return { store: new DatabankStore(await openBank(), { cleanupInterval: false, touchAfter: 0 }), close() {} }
  })
}

export function peers() {
  return [{ contestant: connectDatabank(), goals: { set: 0.7, get: 1 } }]
}

/** Has no touch, so express-session saves instead. */
export function connectDatabank() {
  return storeContestant('connect-databank', async () => ({ store: new ConnectDatabank(await openBank()), close() {} }))
}

async function openBank() {
  const bank = Databank.get('memory', {})
  await new Promise((resolve, reject) => bank.connect({}, (error) => (error ? reject(error) : resolve())))
  return bank
}
