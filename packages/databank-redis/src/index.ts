export type { RedisLibrary, RedisParams } from './options.ts'
export { RedisDatabank } from './redis-databank.ts'
