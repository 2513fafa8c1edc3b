import { performance } from 'node:perf_hooks'
import { open } from 'lmdb'
import { expectConsistent } from './consistency.ts'
import { closeBank, openBank, temporaryDirectory } from './fixtures.ts'

it('sweeps thousands while the event loop goes on, and two sweepers share the work', async () => {
  const dir = temporaryDirectory()
  const [one, two] = [await openBank({ dir }), await openBank({ dir })]
  const records = one.records('session')
  const hour = 3_600_000
  const write = (id: string, expires: number) => records.write(id, '{}', { expires })
  await Promise.all(Array.from({ length: 5_000 }, (_, n) => write(`dead-${n}`, Date.now() - hour - n)))
  await Promise.all(Array.from({ length: 500 }, (_, n) => write(`live-${n}`, Date.now() + hour)))
  expect(await records.count()).toBe(500)

  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const limit = Number.POSITIVE_INFINITY
  const deleted = await Promise.all([records.deleteExpired(limit), two.records('session').deleteExpired(limit)])
  clearInterval(timer)

  expect(deleted[0] + deleted[1]).toBe(5_000)
  expect(turns).toBeGreaterThan(10)
  expect(await records.deleteExpired(1)).toBe(0)
  expect(await records.count()).toBe(500)
  await closeBank(one)
  await closeBank(two)
  expect(await expectConsistent(dir, 'session')).toBe(500)
}, 60_000)

it('what lives costs the sweep nothing', async () => {
  const bank = await openBank({ dir: temporaryDirectory() })
  const records = bank.records('session')
  const soon = Date.now() + 3_600_000
  await Promise.all(Array.from({ length: 20_000 }, (_, n) => records.write(`live-${n}`, '{}', { expires: soon })))
  const began = performance.now()
  for await (const _ of records.entries());
  const lookingAtAll = performance.now() - began
  const start = performance.now()
  for (let n = 0; n < 20; n++) expect(await records.deleteExpired(1_000)).toBe(0)
  expect((performance.now() - start) / 20).toBeLessThan(lookingAtAll / 4)
  await closeBank(bank)
}, 60_000)

it('never deletes a live record, not even where the list of what is due is wrong', async () => {
  const dir = temporaryDirectory()
  const first = await openBank({ dir })
  await first.records('session').write('live', '{}', { expires: Date.now() + 3_600_000 })
  await closeBank(first)
  const root = open({ path: dir, noSubdir: false, overlappingSync: false })
  await root.openDB({ name: 'session/expiry', encoding: 'binary' }).put([1, 'live'], Buffer.alloc(0))
  await root.close()
  const bank = await openBank({ dir })
  expect(await bank.records('session').deleteExpired(10)).toBe(0)
  expect(await bank.records('session').read('live')).not.toBeNull()
  await closeBank(bank)
})

it('stops a sweep early when the bank is closed', async () => {
  const dir = temporaryDirectory()
  const bank = await openBank({ dir })
  const records = bank.records('session')
  await Promise.all(Array.from({ length: 3_000 }, (_, n) => records.write(`dead-${n}`, '{}', { expires: 1 })))
  const sweep = records.deleteExpired(3_000)
  await closeBank(bank)
  const deleted = await sweep
  expect(deleted).toBeLessThan(3_000)
  expect(await expectConsistent(dir, 'session')).toBe(3_000 - deleted)
})
