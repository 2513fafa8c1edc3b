import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as store from '../src/index.mts'

const SCRIPT = join(__dirname, 'visits-under-fake-timers.cjs')

describe('an app on the memory bank is visited, its sessions listed and cleaned up', () => {
  it('under the fake timers of Jest, whatever they fake', async () => {
    const { visits, EXPECTED } = require(SCRIPT)
    jest.useFakeTimers()
    const seen = await visits(store, (ms: number) => jest.setSystemTime(Date.now() + ms))
    jest.useRealTimers()
    expect(seen).toEqual(EXPECTED)
  })

  it('under those of @sinonjs/fake-timers, which Vitest has', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SCRIPT], { timeout: 25_000 })
    expect([stdout, stderr]).toEqual(['done', ''])
  })
})
