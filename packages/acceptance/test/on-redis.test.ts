import { describeWith, redis } from '@sessionbank/test-servers'
import { expressFramework } from '../src/apps/express.ts'
import { onServer } from '../src/banks.ts'
import { everyPromise } from '../src/promises/every-promise.ts'

describeWith(redis, (server) => everyPromise(onServer(redis, server, 'server', expressFramework)))
