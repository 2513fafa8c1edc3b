import { closeBank, openBank, temporaryDirectory } from './fixtures.ts'

it('more types than LMDB can open are rejected, and the others keep working', async () => {
  const bank = await openBank({ dir: temporaryDirectory() })
  const write = (n: number) => bank.records(`type-${n}`).write('a', `${n}`, { expires: Date.now() + 60_000 })
  for (let n = 0; n < 511; n++) await write(n)
  for (const n of [511, 512]) {
    await expect(write(n)).rejects.toMatchObject({
      code: 'SESSIONBANK_OPERATION_FAILED',
      message: expect.stringContaining('too many types'),
    })
  }
  await write(0)
  expect((await bank.records('type-510').read('a'))?.json).toBe('510')
  await closeBank(bank)
}, 60_000)
