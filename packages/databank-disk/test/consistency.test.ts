import { expectConsistent } from './consistency.ts'
import { run, temporaryDirectory } from './fixtures.ts'

const CHANGES = 1_500

it('expiry and indexes agree with the records after random changes', async () => {
  const dir = temporaryDirectory()
  for (const seed of [1, 2]) {
    await run('random-changes.cjs', dir, String(seed), String(CHANGES))
    await expectConsistent(dir, 'session', ['user'])
  }
}, 60_000)

it('expiry and indexes agree with the records after random changes by several processes at once', async () => {
  const dir = temporaryDirectory()
  await Promise.all([3, 4, 5, 6].map((seed) => run('random-changes.cjs', dir, String(seed), String(CHANGES))))
  await expectConsistent(dir, 'session', ['user'])
}, 60_000)
