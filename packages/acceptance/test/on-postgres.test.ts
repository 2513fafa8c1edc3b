import { describeWith, inFull, postgres, type TestServer } from '@sessionbank/test-servers'
import { koaFramework } from '../src/apps/koa.ts'
import { onServer } from '../src/banks.ts'
import { everyPromise } from '../src/promises/every-promise.ts'
import { withProtection } from '../src/protection.ts'

const bank = (server: () => TestServer) => onServer(postgres, server, 'process', koaFramework)

describeWith(postgres, (server) => everyPromise(bank(server)))
if (inFull) describeWith(postgres, (server) => everyPromise(withProtection(bank(server))))
