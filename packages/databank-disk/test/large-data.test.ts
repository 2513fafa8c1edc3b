import { statSync } from 'node:fs'
import { join } from 'node:path'
import { closeBank, openBank, temporaryDirectory } from './fixtures.ts'

const MIB = 1_048_576

it('the file grows with its data, is streamed, and reuses freed space', async () => {
  const dir = temporaryDirectory()
  const bank = await openBank({ dir })
  const records = bank.records('session')
  const json = JSON.stringify({ text: 'é'.repeat(MIB / 2 - 10) })
  for (let n = 0; n < 100; n++) await records.write(`id-${n}`, json, { expires: null })
  let seen = 0
  for await (const [, record] of records.entries()) if (record.json === json) seen++
  expect(seen).toBe(100)
  const size = () => statSync(join(dir, 'data.mdb')).size
  const full = size()
  expect(full).toBeGreaterThan(100 * MIB)
  await records.clear()
  const stream = records.entries()[Symbol.asyncIterator]()
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 100; n++) await records.write(`id-${n}`, json, { expires: null })
    // An abandoned stream must not keep the old pages in use.
    if (round === 0) await stream.next()
  }
  expect(size()).toBeLessThan(full * 1.2)
  await stream.return?.(undefined)
  await closeBank(bank)
}, 60_000)
