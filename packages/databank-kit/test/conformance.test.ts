import { promisify } from 'node:util'
import { conformance } from '../src/conformance/index.ts'
import { ReferenceDatabank } from './reference-databank.ts'

const tables = new Map()

conformance({
  name: 'the reference driver',
  async connect(schema) {
    const bank = new ReferenceDatabank({ schema }, tables)
    await promisify(bank.connect.bind(bank))({})
    return bank
  },
})
