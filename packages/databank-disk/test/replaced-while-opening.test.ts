import { cpSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { closeBank, openBank, temporaryDirectory } from './fixtures.ts'

/** What another process does just before LMDB opens the files. */
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

/** Another process puts another file in the place of this one. */
function replace(path: string): void {
  cpSync(path, `${path}.copy`)
  renameSync(`${path}.copy`, path)
}

it.each(['data.mdb', 'lock.mdb'])('a %s that is replaced while it is being opened is opened anew', async (name) => {
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

it('files that are replaced whenever they are being opened are a clear error', async () => {
  const dir = await makeFolder()
  beforeOpening = () => replace(join(dir, 'data.mdb'))
  await expect(openBank({ dir })).rejects.toMatchObject({
    code: 'SESSIONBANK_CONNECT_FAILED',
    message: expect.stringContaining('being replaced just now'),
  })
  beforeOpening = () => {}
  await closeBank(await openBank({ dir }))
})
