import { conformance } from '@sessionbank/databank-kit/conformance'
import { openBank } from './fixtures.ts'

conformance({ name: 'memory', connect: (schema) => openBank({ schema }), persistent: false })

// With a limit, what is used is kept in order and counted: none of it may change what a bank does below the limit.
conformance({
  name: 'memory with a limit that is not reached',
  connect: (schema) => openBank({ schema, maxRecords: 1_000_000, maxTotalBytes: 1_000_000_000 }),
  persistent: false,
})
