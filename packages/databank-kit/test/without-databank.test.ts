jest.mock('databank', () => {
  throw new Error("Cannot find module 'databank'")
})

import { conformance } from '../src/conformance/index.ts'
import { appDatabank } from '../src/index.ts'
import { ReferenceDatabank } from './reference-databank.ts'

it('these tests run without the package databank', () => {
  expect(appDatabank()).toBeNull()
})

const tables = new Map()

conformance({
  name: 'a driver without the package databank',
  connect: async (schema) => {
    const bank = new ReferenceDatabank({ ...(schema && { schema }) }, tables)
    await bank.connect()
    return bank
  },
})
