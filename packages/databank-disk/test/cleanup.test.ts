import { type Database, open } from 'lmdb'
import { expectConsistent } from './consistency.ts'
import { closeBank, openBank, temporaryDirectory } from './fixtures.ts'

it('a sweep of thousands of records does not block the event loop, and two sweeps share the work', async () => {
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

it('a sweep reads only the expiry index, so that live records cost nothing', async () => {
  const dir = temporaryDirectory()
  const first = await openBank({ dir })
  for (const id of ['listed', 'unlisted']) await first.records('session').write(id, '{}', { expires: 1 })
  await closeBank(first)
  await withExpiryOf(dir, (expiry) => expiry.remove([1, 'unlisted']))
  const bank = await openBank({ dir })
  expect(await bank.records('session').deleteExpired(10)).toBe(1)
  expect(await bank.records('session').deleteExpired(10)).toBe(0)
  await closeBank(bank)
  await expect(expectConsistent(dir, 'session')).rejects.toThrow('unlisted')
})

it('a sweep never deletes a live record, even if the expiry index is wrong', async () => {
  const dir = temporaryDirectory()
  const first = await openBank({ dir })
  await first.records('session').write('live', '{}', { expires: Date.now() + 3_600_000 })
  await closeBank(first)
  await withExpiryOf(dir, (expiry) => expiry.put([1, 'live'], Buffer.alloc(0)))
  const bank = await openBank({ dir })
  expect(await bank.records('session').deleteExpired(10)).toBe(0)
  expect(await bank.records('session').read('live')).not.toBeNull()
  await closeBank(bank)
})

it('a sweep stops early when the bank is closed', async () => {
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

/** Changes the expiry index directly. The folder must not be open in this process. */
async function withExpiryOf(dir: string, change: (expiry: Database) => Promise<boolean>): Promise<void> {
  const root = open({ path: dir, noSubdir: false, overlappingSync: false })
  await change(root.openDB({ name: 'session/expiry', encoding: 'binary' }))
  await root.close()
}
