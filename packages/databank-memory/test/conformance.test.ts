import { conformance } from '@sessionbank/databank-kit/conformance'
import { openBank } from './fixtures.ts'

conformance({ name: 'memory', connect: (schema) => openBank({ schema }), persistent: false })

// A limit makes the bank track uses and sizes, which must not change its behaviour below the limit.
conformance({
  name: 'memory with a limit that is not reached',
  connect: (schema) => openBank({ schema, maxRecords: 1_000_000, maxTotalBytes: 1_000_000_000 }),
  persistent: false,
})
