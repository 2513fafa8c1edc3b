import { describeWith, redisCluster } from '@sessionbank/test-servers'
import { onServer } from '../src/banks.ts'
import { everyPromise } from '../src/promises/every-promise.ts'

describeWith(redisCluster, (server) => everyPromise(onServer(redisCluster, server, 'server')))
