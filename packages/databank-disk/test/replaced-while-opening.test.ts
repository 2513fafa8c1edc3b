import { cpSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { closeBank, openBank, temporaryDirectory } from './fixtures.ts'

/** Stands in for another process. Called just before LMDB opens the files. */
let beforeOpening: () => void

jest.mock('lmdb', () => {
  const lmdb = jest.requireActual('lmdb')
  const open = (...args: unknown[]) => {
    beforeOpening()
    return lmdb.open(...args)
  }
  return { ...lmdb, open }
})

async function makeFolder(): Promise<string> {
  const dir = join(temporaryDirectory(), 'sessions')
  beforeOpening = () => {}
  const bank = await openBank({ dir })
  await bank.records('session').write('before', '{}', { expires: null })
  await closeBank(bank)
  return dir
}

/** Replaces a file by a copy, as another process might. */
function replace(path: string): void {
  cpSync(path, `${path}.copy`)
  renameSync(`${path}.copy`, path)
}

it.each(['data.mdb', 'lock.mdb'])('a %s that is replaced while it is opened is opened again', async (name) => {
  const dir = await makeFolder()
  let times = 0
  beforeOpening = () => {
    if (times++ === 0) replace(join(dir, name))
  }
  const bank = await openBank({ dir })
  await bank.records('session').write('after', '{}', { expires: null })
  await closeBank(bank)
  expect(times).toBe(2)
  const again = await openBank({ dir })
  expect(await again.records('session').count()).toBe(2)
  await closeBank(again)
})

it('opening fails with a clear error if the files are replaced at each attempt', async () => {
  const dir = await makeFolder()
  beforeOpening = () => replace(join(dir, 'data.mdb'))
  await expect(openBank({ dir })).rejects.toMatchObject({
    code: 'SESSIONBANK_CONNECT_FAILED',
    message: expect.stringContaining('being replaced just now'),
  })
  beforeOpening = () => {}
  await closeBank(await openBank({ dir }))
})
