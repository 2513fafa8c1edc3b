import { randomBytes } from 'node:crypto'
import { inFull, rounds, temporaryFolder } from '@sessionbank/test-servers'
import { openDatabank } from '../src/index.ts'
import { promiseOrder } from './model-promise.ts'
import { openPlainMemory } from './plain-memory.ts'

describe('a plain databank', () => {
  promiseOrder({ open: openPlainMemory, clock: 'store', runs: rounds(80, 300) })
})

describe('the memory bank', () => {
  promiseOrder({ open: () => openDatabank('memory:'), clock: 'Date', runs: rounds(80, 300) })
})

describe('the memory bank, written synchronously', () => {
  promiseOrder({ open: () => openDatabank('memory:'), clock: 'Date', runs: rounds(80, 200), isSync: true })
})

describe('the disk bank', () => {
  const folder = temporaryFolder('model')
  afterAll(() => folder.remove())

  promiseOrder({ open: () => openDatabank(`disk:${folder.path}`), clock: 'Date', runs: rounds(20, 60) })
})

describe('hashed and sealed', () => {
  const encryption = { keys: [randomBytes(32)] }

  describe('the memory bank', () => {
    const open = () => openDatabank('memory:')
    promiseOrder({ open, clock: 'Date', runs: rounds(20, 200), options: { hashIds: true, encryption } })
  })

  describe('the memory bank, written synchronously', () => {
    const open = () => openDatabank('memory:')
    promiseOrder({
      open,
      clock: 'Date',
      runs: rounds(20, 100),
      options: { hashIds: 'migrate', encryption },
      isSync: true,
    })
  })

  if (!inFull) return

  describe('the memory bank, while older sessions live on', () => {
    const open = () => openDatabank('memory:')
    promiseOrder({ open, clock: 'Date', runs: 200, options: { hashIds: 'migrate', encryption } })
  })

  describe('a plain databank', () => {
    promiseOrder({ open: openPlainMemory, clock: 'store', runs: 200, options: { hashIds: true, encryption } })
  })

  describe('the disk bank', () => {
    const folder = temporaryFolder('model')
    afterAll(() => folder.remove())

    const open = () => openDatabank(`disk:${folder.path}`)
    promiseOrder({ open, clock: 'Date', runs: 60, options: { hashIds: true, encryption } })
  })
})
