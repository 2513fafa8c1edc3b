export { RedisDatabank, type RedisParams } from './redis-databank.ts'
