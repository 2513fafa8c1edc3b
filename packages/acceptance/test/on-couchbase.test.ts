import { couchbase, describeWith, inFull, type TestServer } from '@sessionbank/test-servers'
import { koaFramework } from '../src/apps/koa.ts'
import { onServer } from '../src/banks.ts'
import { everyPromise, somePromises } from '../src/promises/every-promise.ts'
import { withProtection } from '../src/protection.ts'

const bank = (server: () => TestServer) => onServer(couchbase, server, 'server', koaFramework)

describeWith(couchbase, (server) => everyPromise(bank(server)))
if (inFull) describeWith(couchbase, (server) => somePromises(withProtection(bank(server))))
