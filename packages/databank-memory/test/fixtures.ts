import { MemoryDatabank, type MemoryParams } from '../src/index.ts'

/** Returns a connected bank. */
export async function openBank(params: MemoryParams = {}): Promise<MemoryDatabank> {
  const bank = new MemoryDatabank(params)
  await bank.connect()
  return bank
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Returns the ids of listed or found records, sorted. */
export async function idsOf(entries: AsyncIterable<[string, unknown]>): Promise<string[]> {
  return (await collect(entries)).map(([id]) => id).sort()
}
