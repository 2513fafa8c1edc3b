import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expectConsistent } from './consistency.ts'
import { closeBank, openBank, pathOf, run, temporaryDirectory } from './fixtures.ts'

const PROCESSES = 4
const INCREMENTS = 250

it('loses no increment of several processes', async () => {
  const dir = temporaryDirectory()
  await Promise.all(Array.from({ length: PROCESSES }, () => run('increment.cjs', dir, String(INCREMENTS))))
  const bank = await openBank({ dir })
  const record = await bank.records('session').read('counter')
  await closeBank(bank)
  expect(JSON.parse(record?.json as string).n).toBe(PROCESSES * INCREMENTS)
  await expectConsistent(dir, 'session', ['user'])
}, 60_000)

it('sees at once what another process had acknowledged', async () => {
  const dir = temporaryDirectory()
  const bank = await openBank({ dir })
  const records = bank.records('session')
  const other = fork(pathOf('hold-open.cjs'), [dir])
  await once(other, 'message')
  for (let n = 1; n <= 50; n++) {
    // The snapshot of this read must not answer the next one.
    await records.read('quiet')
    other.send(n)
    const [answer] = await once(other, 'message')
    expect(answer).toBe('ok')
    expect(JSON.parse((await records.read('quiet'))?.json as string).n).toBe(n)
    expect(await records.count()).toBe(1)
  }
  other.send('close')
  await once(other, 'exit')
  await closeBank(bank)
})
