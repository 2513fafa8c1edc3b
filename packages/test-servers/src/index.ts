export { type CouchbaseServer, couchbase } from './couchbase.ts'
export { describeWith } from './describe-with.ts'
export { inFull, rounds } from './in-full.ts'
export { freePort, type ServerKind, type TestServer, temporaryFolder } from './launch.ts'
export { mongodb } from './mongodb.ts'
export { mostListeners } from './most-listeners.ts'
export { type BuiltDriver, type OpeningOutcome, oddUrls, openInChild } from './odd-urls.ts'
export { pgbouncer } from './pgbouncer.ts'
export { postgres } from './postgres.ts'
export {
  type RedisClusterServer,
  type RedisProcess,
  type RedisSentinelServer,
  redis,
  redisCluster,
  redisSentinel,
  redisWithoutInfo,
} from './redis.ts'
export { onSmallDisk, type SmallDisk } from './small-disk.ts'
export { closingServer, delayedWriter, relayBefore, type TcpServer, tcpServer } from './tcp.ts'
