import { describeWith, inFull, redis, type TestServer, valkey } from '@sessionbank/test-servers'
import { expressFramework } from '../src/apps/express.ts'
import { onServer } from '../src/banks.ts'
import { basics } from '../src/promises/basics.ts'
import { everyPromise } from '../src/promises/every-promise.ts'
import { withProtection } from '../src/protection.ts'

const bank = (server: () => TestServer) => onServer(redis, server, 'server', expressFramework)

describeWith(redis, (server) => everyPromise(bank(server)))
describeWith(valkey, (server) => basics(onServer(valkey, server, 'server', expressFramework)))
if (inFull) describeWith(redis, (server) => everyPromise(withProtection(bank(server))))
