import { temporaryFolder } from '@sessionbank/test-servers'
import { type OpenBank, openDatabank } from '../src/index.ts'
import { BANKS } from './both-banks.ts'
import { promiseLifetimeLimit } from './lifetime-limit.ts'

describe.each(BANKS)('%s', (_, open) => {
  promiseLifetimeLimit(async () => (await open()).bank)
})

describe('the disk bank', () => {
  const folder = temporaryFolder('lifetime-limit')
  let bank: OpenBank | undefined
  afterAll(async () => {
    await new Promise((resolve) => bank?.disconnect(resolve))
    folder.remove()
  })

  promiseLifetimeLimit(async () => {
    bank = await openDatabank(`disk:${folder.path}`)
    return bank
  })
})
