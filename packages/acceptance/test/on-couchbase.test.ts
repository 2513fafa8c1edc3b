import { couchbase, describeWith } from '@sessionbank/test-servers'
import { koaFramework } from '../src/apps/koa.ts'
import { onServer } from '../src/banks.ts'
import { everyPromise } from '../src/promises/every-promise.ts'

describeWith(couchbase, (server) => everyPromise(onServer(couchbase, server, 'server', koaFramework)))
