import { describeWith, postgres } from '@sessionbank/test-servers'
import { koaFramework } from '../src/apps/koa.ts'
import { onServer } from '../src/banks.ts'
import { everyPromise } from '../src/promises/every-promise.ts'

describeWith(postgres, (server) => everyPromise(onServer(postgres, server, 'process', koaFramework)))
