import { conformance } from '@sessionbank/databank-kit/conformance'
import { describeWith, postgres } from '@sessionbank/test-servers'
import { connected } from './connected.ts'

describeWith(postgres, (server) => {
  conformance({ name: 'postgres', connect: (schema) => connected({ url: server().url, schema }) })

  conformance({
    name: 'postgres without prepared statements',
    connect: (schema) => connected({ url: server().url, schema, prepare: false }),
  })
})
