import { conformance } from '@sessionbank/databank-kit/conformance'
import { openBank, temporaryDirectory } from './fixtures.ts'

const dir = temporaryDirectory()

conformance({ name: 'disk', connect: (schema) => openBank({ dir, schema }) })
