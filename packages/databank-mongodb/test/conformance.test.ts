import { conformance } from '@sessionbank/databank-kit/conformance'
import { describeWith, mongodb } from '@sessionbank/test-servers'
import { connected } from './connected.ts'

describeWith(mongodb, (server) => {
  conformance({ name: 'mongodb', connect: (schema) => connected({ url: server().url, schema }) })
})
