import { join } from 'node:path'
import { DiskDatabank } from '@sessionbank/databank-disk'
import { openDatabank } from '@sessionbank/session-core'
import { temporaryFolder } from '@sessionbank/test-servers'

const folder = temporaryFolder('backup')

afterAll(() => folder.remove())

it('a bank opened by openDatabank can be backed up, and its backup can be opened by URL', async () => {
  const bank = await openDatabank(`disk:${join(folder.path, 'sessions')}`)
  await bank.records?.('session').write('a-session', '{"user":"ann"}', { expires: null })
  const copy = join(folder.path, 'monday')
  // An app in TypeScript needs this check to call the method.
  if (bank instanceof DiskDatabank) await bank.backup(copy)
  await new Promise((resolve) => bank.disconnect(resolve))

  const restored = await openDatabank(`disk:${copy}`)
  expect(await restored.records?.('session').read('a-session')).toMatchObject({ json: '{"user":"ann"}' })
  await new Promise((resolve) => restored.disconnect(resolve))
})
