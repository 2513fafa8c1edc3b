import { promisify } from 'node:util'
import { type Databank, DatabankBase } from '@sessionbank/databank-kit'

/** A bank of databank's own memory driver, connected: a plain databank, whose records are emulated. */
export async function openPlainMemory(params: object = {}): Promise<Databank> {
  const bank = DatabankBase.get('memory', params)
  await promisify<object>(bank.connect.bind(bank))({})
  return bank
}
