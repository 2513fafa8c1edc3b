import { openDatabank } from '@sessionbank/session-core'
import { describeWith, postgres, redis } from '@sessionbank/test-servers'
import { AppFolder, snippet } from '../src/documents.ts'

const folders: AppFolder[] = []

function folder(): AppFolder {
  const made = new AppFolder()
  folders.push(made)
  return made
}

afterEach(async () => {
  for (const made of folders.splice(0)) await made.remove()
})

describe('docs/serverless.md has', () => {
  describeWith(redis, (server) => {
    it('an app that runs unchanged', async () => {
      const code = snippet('docs/serverless.md', 'library: redis')
      const [url = ''] = await folder().start(code.replace('process.env.REDIS_URL', `'${server().url}'`))
      const cookie = (await fetch(url)).headers.getSetCookie()[0]?.split(';')[0] ?? ''
      expect(await (await fetch(url, { headers: { cookie } })).text()).toBe('Visit 2')
    })
  })

  describeWith(postgres, (server) => {
    it('a cron script that removes expired sessions', async () => {
      await using bank = await openDatabank(server().url)
      await bank.records?.('session').write('a', '{}', { expires: Date.now() - 1_000 })
      const code = snippet('docs/serverless.md', 'sessions.cleanup()')
      expect(await folder().run(code, { env: { DATABASE_URL: server().url } })).toMatch(/removed: 1,/)
    })
  })
})
