import { conformance } from '@sessionbank/databank-kit/conformance'
import { couchbase, describeWith } from '@sessionbank/test-servers'
import { connected } from './connected.ts'

describeWith(couchbase, (server) => {
  conformance({
    name: 'couchbase',
    connect: (schema) => connected({ url: server().url, schema }),
    expiresItself: true,
  })
})
