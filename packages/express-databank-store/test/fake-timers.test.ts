import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as store from '../src/index.mts'

const SCRIPT = join(__dirname, 'visits-under-fake-timers.cjs')

describe('an app on the memory bank', () => {
  it('loads, lists and cleans up sessions under the fake timers of Jest', async () => {
    const { visits, EXPECTED } = require(SCRIPT)
    jest.useFakeTimers()
    const seen = await visits(store, (ms: number) => jest.setSystemTime(Date.now() + ms))
    jest.useRealTimers()
    expect(seen).toEqual(EXPECTED)
  })

  it('loads, lists and cleans up sessions under @sinonjs/fake-timers, which Vitest uses', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SCRIPT], { timeout: 25_000 })
    expect([stdout, stderr]).toEqual(['done', ''])
  })
})
