import { collect, openBank } from './fixtures.ts'

it('later changes in the bank do not affect a record that was read', async () => {
  const records = (await openBank()).records('session')
  const expires = Date.now() + 60_000
  const revision = await records.write('a', '1', { expires })
  const read = await records.read('a')
  const [[, listed] = []] = await collect(records.entries())
  await records.touch('a', expires + 1)
  await records.write('a', '2', { expires: null })
  await records.delete('a')
  expect([read, listed]).toEqual(Array(2).fill({ json: '1', revision, expires }))
})
