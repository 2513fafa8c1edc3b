import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

it('the driver passes databank’s own suite', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'run-databank-test.cjs')])
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ broken: 0, errored: 0 })
  expect(result.honored).toBeGreaterThan(0)
})
