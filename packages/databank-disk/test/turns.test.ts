import { promisify } from 'node:util'
import { closeBank, openBank, temporaryDirectory } from './fixtures.ts'

it('a thousand concurrent increments and appends of one value all succeed', async () => {
  const bank = await openBank({ dir: temporaryDirectory() })
  const [incr, append] = [promisify(bank.incr.bind(bank)), promisify(bank.append.bind(bank))]
  const all = Array.from({ length: 1_000 }, (_, n) => n)
  await Promise.all(all.flatMap((n) => [incr('counter', 'a'), append('list', 'a', n)]))
  const read = promisify(bank.read.bind(bank))
  expect(await read('counter', 'a')).toBe(1_000)
  expect(await read('list', 'a')).toEqual(all)
  await closeBank(bank)
}, 120_000)
