import { run, temporaryDirectory } from './fixtures.ts'

it('the driver passes databank’s own suite', async () => {
  const result = JSON.parse(await run('run-databank-test.cjs', temporaryDirectory()))
  expect(result).toMatchObject({ broken: 0, errored: 0 })
  expect(result.honored).toBeGreaterThan(0)
})
