/**
 * The driver for Redis: one node, Sentinel or Cluster.
 *
 * @module @sessionbank/databank-redis
 */

export type { RedisLibrary, RedisParams } from './options.ts'
export { RedisDatabank } from './redis-databank.ts'
