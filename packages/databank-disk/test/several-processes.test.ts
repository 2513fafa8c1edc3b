import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Records } from '@sessionbank/databank-kit'
import { expectConsistent } from './consistency.ts'
import { closeBank, openBank, pathOf, run, temporaryDirectory } from './fixtures.ts'

const PROCESSES = 4
const INCREMENTS = 250

it('no increment of several processes is lost', async () => {
  const dir = temporaryDirectory()
  await Promise.all(Array.from({ length: PROCESSES }, () => run('increment.cjs', dir, String(INCREMENTS))))
  const bank = await openBank({ dir })
  const record = await bank.records('session').read('counter')
  await closeBank(bank)
  expect(JSON.parse(record?.json as string).n).toBe(PROCESSES * INCREMENTS)
  await expectConsistent(dir, 'session', ['user'])
}, 60_000)

it('a write acknowledged in another process is visible at once', async () => {
  const dir = temporaryDirectory()
  const bank = await openBank({ dir })
  const records = bank.records('session')
  const other = fork(pathOf('hold-open.cjs'), [dir])
  await once(other, 'message')
  // Reads continually, because LMDB reuses the snapshot of the last read for about 1 ms.
  const reading = new AbortController()
  const busy = keepReading(records, reading.signal)
  for (let n = 1; n <= 200; n++) {
    other.send(n)
    const [answer] = await once(other, 'message')
    expect(answer).toBe('ok')
    const record = await records.read('quiet')
    expect(JSON.parse(record?.json as string).n).toBe(n)
    // The other process sets an expiry last.
    expect(record?.expires).not.toBeNull()
  }
  reading.abort()
  await busy
  other.send('close')
  await once(other, 'exit')
  await closeBank(bank)
})

async function keepReading(records: Records, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await records.read('quiet')
    await nextTurn()
  }
}
