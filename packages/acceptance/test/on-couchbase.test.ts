import { couchbase, describeWith } from '@sessionbank/test-servers'
import { onServer } from '../src/banks.ts'
import { everyPromise } from '../src/promises/every-promise.ts'

describeWith(couchbase, (server) => everyPromise(onServer(couchbase, server, 'server')))
