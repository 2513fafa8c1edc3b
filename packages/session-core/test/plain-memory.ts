import { appDatabank, type Databank } from '@sessionbank/databank-kit'

/** Opens a bank of databank's own memory driver: a plain databank, whose records are emulated. */
export async function openPlainMemory(params: object = {}): Promise<Databank> {
  const bank = appDatabank()?.Databank.get('memory', params) as Databank
  await new Promise<void>((resolve, reject) => {
    bank.connect({}, (error) => (error ? reject(error) : resolve()))
  })
  return bank
}
