import { describeWith, redisCluster } from '@sessionbank/test-servers'
import { expressFramework } from '../src/apps/express.ts'
import { onServer } from '../src/banks.ts'
import { everyPromise } from '../src/promises/every-promise.ts'

describeWith(redisCluster, (server) => everyPromise(onServer(redisCluster, server, 'server', expressFramework)))
