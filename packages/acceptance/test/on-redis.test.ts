import { describeWith, inFull, redis, type TestServer } from '@sessionbank/test-servers'
import { expressFramework } from '../src/apps/express.ts'
import { onServer } from '../src/banks.ts'
import { everyPromise } from '../src/promises/every-promise.ts'
import { withProtection } from '../src/protection.ts'

const bank = (server: () => TestServer) => onServer(redis, server, 'server', expressFramework)

describeWith(redis, (server) => everyPromise(bank(server)))
if (inFull) describeWith(redis, (server) => everyPromise(withProtection(bank(server))))
