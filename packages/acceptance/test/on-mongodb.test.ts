import { describeWith, mongodb } from '@sessionbank/test-servers'
import { fastifyFramework } from '../src/apps/fastify.ts'
import { onServer } from '../src/banks.ts'
import { everyPromise } from '../src/promises/every-promise.ts'

describeWith(mongodb, (server) => everyPromise(onServer(mongodb, server, 'process', fastifyFramework)))
