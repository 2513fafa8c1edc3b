import { execFileSync } from 'node:child_process'
import { closeBank, openBank, pathOf, temporaryDirectory } from './fixtures.ts'

afterEach(() => {
  jest.useRealTimers()
})

it('writes of another process are seen under fake timers, except setImmediate, which lmdb needs', async () => {
  const dir = temporaryDirectory()
  const bank = await openBank({ dir })
  const records = bank.records('session')
  jest.useFakeTimers({ doNotFake: ['setImmediate'] })
  for (const n of [1, 2]) {
    await records.read('a')
    writeElsewhere(dir, n)
    expect((await records.read('a'))?.json).toBe(String(n))
  }
  jest.useRealTimers()
  await closeBank(bank)
})

function writeElsewhere(dir: string, n: number): void {
  const script = `
    const { closeBank, openBank } = require(${JSON.stringify(pathOf('open-bank.cjs'))})
    const write = async (bank) => {
      await bank.records('session').write('a', '${n}', { expires: null })
      await closeBank(bank)
    }
    openBank(${JSON.stringify(dir)}).then(write)`
  execFileSync(process.execPath, ['-e', script])
}
