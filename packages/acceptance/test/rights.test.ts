import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabank, type SessionCookie, SessionStore } from '@sessionbank/session-core'
import { describeWith, postgres, redis } from '@sessionbank/test-servers'
import { Redis } from 'ioredis'
import { Client } from 'pg'

const SCHEMA = { session: { pkey: 'sid', indices: ['user'] } }

/** Returns the first block of code in a bank's guide that contains the words. */
function recipe(bank: string, words: string): string {
  const guide = readFileSync(join(__dirname, '../../../docs/guides', `${bank}.md`), 'utf8')
  const blocks = Array.from(guide.matchAll(/^```\w+\n(.*?)^```$/gms), ([, code]) => code as string)
  const block = blocks.find((code) => code.includes(words))
  if (block === undefined) throw new Error(`docs/guides/${bank}.md has no ${words}`)
  return block
}

function cookie(): SessionCookie {
  return { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000) } as SessionCookie
}

/** Uses all operations of a store, and waits for a cleanup by its timer. */
async function useStore(url: string, params: object = {}): Promise<void> {
  await using bank = await openDatabank(url, { schema: SCHEMA, ...params })
  const store = new SessionStore(bank, { cleanupInterval: 20 })
  const swept = once(store, 'cleanup') // rejects at an `error` event
  swept.catch(() => {})
  try {
    for (const sid of ['a', 'b', 'c']) await store.save(sid, { user: 'ann', cookie: cookie() })
    expect(await store.load('a')).toMatchObject({ user: 'ann' })
    await store.touch('a', { cookie: { ...cookie(), originalMaxAge: 120_000 } })
    await store.update('a', (session) => {
      session.credits = 5
    })
    expect(await store.find({ user: 'ann' })).toHaveLength(3)
    expect(await store.destroyWhere({ user: 'ann' }, { except: 'a' })).toBe(2)
    expect(await store.all()).toMatchObject([{ sid: 'a', credits: 5 }])
    await store.destroy('a')
    expect(await store.length()).toBe(0)
    await store.clear()
    await swept
    await store.cleanup()
    await bank.ping()
  } finally {
    await store.close()
  }
}

describe('the rights in the guides are enough for a store and its cleanup', () => {
  describeWith(redis, (server) => {
    it.each(['redis', 'ioredis'])('with %s', async (library) => {
      const command = recipe('redis', 'ACL SETUSER').replace('redis-cli', `redis-cli -p ${server().port} -e`)
      execFileSync('sh', ['-c', command])

      const url = `redis://app:secret@127.0.0.1:${server().port}`
      const client = library === 'ioredis' ? new Redis(url) : undefined
      await useStore(url, { client })
      client?.disconnect()
    })
  })

  describeWith(postgres, (server) => {
    it('if a migration creates the table', async () => {
      const admin = new Client({ connectionString: server().url })
      await admin.connect()
      await admin.query(recipe('postgres', 'CREATE TABLE'))
      await admin.query(recipe('postgres', 'GRANT'))
      await admin.end()

      await useStore(Object.assign(new URL(server().url), { username: 'app', password: 'secret' }).href)
    })
  })
})
