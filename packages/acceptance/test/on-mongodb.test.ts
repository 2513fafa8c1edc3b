import { describeWith, inFull, mongodb, type TestServer } from '@sessionbank/test-servers'
import { fastifyFramework } from '../src/apps/fastify.ts'
import { onServer } from '../src/banks.ts'
import { everyPromise, somePromises } from '../src/promises/every-promise.ts'
import { withProtection } from '../src/protection.ts'

const bank = (server: () => TestServer) => onServer(mongodb, server, 'process', fastifyFramework)

describeWith(mongodb, (server) => everyPromise(bank(server)))
if (inFull) describeWith(mongodb, (server) => somePromises(withProtection(bank(server))))
