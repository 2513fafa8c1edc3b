import { rounds, temporaryFolder } from '@sessionbank/test-servers'
import { openDatabank } from '../src/index.ts'
import { promiseOrder } from './model-promise.ts'
import { openPlainMemory } from './plain-memory.ts'

describe('a plain databank', () => {
  promiseOrder({ open: openPlainMemory, clock: 'store', runs: rounds(80, 300) })
})

describe('the memory bank', () => {
  promiseOrder({ open: () => openDatabank('memory:'), clock: 'Date', runs: rounds(80, 300) })
})

describe('the disk bank', () => {
  const folder = temporaryFolder('model')
  afterAll(() => folder.remove())

  promiseOrder({ open: () => openDatabank(`disk:${folder.path}`), clock: 'Date', runs: rounds(20, 60) })
})
