import { promisify } from 'node:util'
import { RedisDatabank, type RedisParams } from '../src/index.ts'

export const LIBRARIES = ['redis', 'ioredis'] as const

/** A connected bank. */
export async function openBank(params: RedisParams): Promise<RedisDatabank> {
  const bank = new RedisDatabank(params)
  await promisify(bank.connect.bind(bank))({})
  return bank
}

export async function closeBank(bank: RedisDatabank): Promise<void> {
  await promisify(bank.disconnect.bind(bank))()
}
