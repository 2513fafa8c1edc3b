import { createRequire } from 'node:module'
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import session from 'express-session'
import { storeContestant } from '../store-contestant.mjs'

const require = createRequire(import.meta.url)
const { Databank } = require('databank')
const ConnectDatabank = require('connect-databank')(session)

export const title = "Memory: databank's own driver"
export const operations = ['set', 'get', 'save', 'destroy']
export const start = async () => null

export function ours() {
  return storeContestant('sessionbank', async () => {
    const bank = await openDatabank('memory:')
    return { store: new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0 }), close() {} }
  })
}

export function peers() {
  const peer = storeContestant('connect-databank', async () => {
    const bank = Databank.get('memory', {})
    await new Promise((resolve, reject) => bank.connect({}, (error) => (error ? reject(error) : resolve())))
    return { store: new ConnectDatabank(bank), close() {} }
  })
  return [{ contestant: peer, goals: { set: 1, get: 1, save: 1, destroy: 1 } }]
}
