import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expectConsistent } from './consistency.ts'
import { closeBank, openBank, temporaryDirectory } from './fixtures.ts'

it('two banks of one process share a folder, and one keeps working after the other is closed', async () => {
  const dir = temporaryDirectory()
  const link = join(temporaryDirectory(), 'link')
  symlinkSync(dir, link)
  const [one, two] = [await openBank({ dir }), await openBank({ url: `disk:${link}` })]
  await one.records('session').write('a', '{"n":1}', { expires: null })
  expect((await two.records('session').read('a'))?.json).toBe('{"n":1}')
  const late = one.records('session').write('a', '{"n":2}', { expires: null })
  await closeBank(one)
  await late
  expect((await two.records('session').read('a'))?.json).toBe('{"n":2}')
  await two.records('session').write('b', '{"n":3}', { expires: null })
  await expect(one.records('session').read('a')).rejects.toMatchObject({ name: 'NotConnectedError' })
  await closeBank(two)
})

it('a bank can connect to a folder that is being closed', async () => {
  const dir = temporaryDirectory()
  for (let round = 0; round < 20; round++) {
    const bank = await openBank({ dir })
    const writing = bank.records('session').write(`a-${round}`, '{}', { expires: null })
    // If nothing is running, the files are already being closed when the other bank opens them.
    if (round % 2) await writing
    const [, again] = await Promise.all([closeBank(bank), openBank({ dir }), writing])
    expect(await again.records('session').count()).toBe(round + 1)
    await closeBank(again)
  }
  expect(await expectConsistent(dir, 'session')).toBe(20)
})

it('a bank can connect again after disconnect', async () => {
  const bank = await openBank({ dir: temporaryDirectory() })
  await bank.records('session').write('a', '{}', { expires: null })
  await closeBank(bank)
  await new Promise<void>((resolve, reject) => bank.connect({}, (error) => (error ? reject(error) : resolve())))
  expect(await bank.records('session').count()).toBe(1)
  await closeBank(bank)
})
