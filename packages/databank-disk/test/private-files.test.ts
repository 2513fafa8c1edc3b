import { execFile } from 'node:child_process'
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { closeBank, openBank, pathOf, temporaryDirectory } from './fixtures.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

async function makeFolder(): Promise<string> {
  const dir = temporaryDirectory()
  await closeBank(await openBank({ dir }))
  return dir
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

describe.each(['data.mdb', 'lock.mdb'])('a %s with permissions for others', (name) => {
  it.each([0o644, 0o640, 0o666, 0o602])('is restricted to its owner when it is opened (mode %o)', async (mode) => {
    const dir = await makeFolder()
    chmodSync(join(dir, name), mode)
    const bank = await openBank({ dir })
    expect(modeOf(join(dir, name))).toBe(0o600)
    await closeBank(bank)
  })

  // Only root can create a file of another user.
  const asRoot = isRoot ? it : it.skip
  asRoot('is rejected and left unchanged if this process is not its owner', async () => {
    const dir = await makeFolder()
    chmodSync(dir, 0o777)
    for (const file of ['data.mdb', 'lock.mdb']) chmodSync(join(dir, file), 0o666)
    const user = { uid: NOBODY, gid: NOBODY }
    const connect = () => promisify(execFile)(process.execPath, [pathOf('connect.cjs'), dir], user)
    expect(JSON.parse((await connect()).stdout)).toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringMatching(/other users.*not its owner.*chmod 600/),
    })
    expect(modeOf(join(dir, name))).toBe(0o666)
  })
})

it('an existing folder keeps its mode, because it may hold other files', async () => {
  const dir = temporaryDirectory()
  chmodSync(dir, 0o755)
  await closeBank(await openBank({ dir }))
  expect(modeOf(dir)).toBe(0o755)
  for (const file of ['data.mdb', 'lock.mdb']) expect(modeOf(join(dir, file))).toBe(0o600)
})
