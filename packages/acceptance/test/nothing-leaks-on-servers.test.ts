import { execFileSync } from 'node:child_process'
import * as core from '@sessionbank/session-core'
import { recordsOf } from '@sessionbank/session-core/adapter'
import { couchbase, describeWith, inFull, mongodb, postgres, redis } from '@sessionbank/test-servers'
import { MongoClient } from 'mongodb'
import { Client } from 'pg'
import { CANARIES, LeakDetector } from '../src/leak-detector.ts'
import { STORES, useStores } from '../src/promises/nothing-leaks.ts'

const { sid, key } = CANARIES
const [urlUser, urlPassword] = [CANARIES['user of the URL'], CANARIES['password of the URL']]
const schema = { session: { pkey: 'sid', indices: ['user.id'] } }

/** Uses stores on a bank in all ways, and expects that their output contains no canary. */
async function expectNoLeaks(
  url: string,
  options: Record<string, unknown> = {},
  refuse: () => unknown = () => {},
): Promise<LeakDetector> {
  const detector = new LeakDetector()
  try {
    await using bank = await core.openDatabank(url, { schema, ...options })
    await refuse()
    const records = recordsOf(bank, 'session', { timeout: 5_000 })
    const plant = (text: string) => records.write(sid, text, { expires: null })
    await useStores(detector, bank, plant, inFull ? STORES : STORES.slice(0, 1))
  } finally {
    detector.end()
  }
  detector.expectNoLeaks()
  return detector
}

describe('no log, event, trace, warning, error or inspection shows an id, a content or a login', () => {
  describeWith(redis, (server) => {
    const cli = (...args: string[]) => execFileSync('redis-cli', ['-p', String(server().port), ...args])
    const all = ['ACL', 'SETUSER', urlUser, 'reset', 'on', `>${urlPassword}`, '~*', '&*', '+@all']
    const url = () => `redis://${urlUser}:${urlPassword}@127.0.0.1:${server().port}`

    it('during use', async () => {
      cli(...all)
      await expectNoLeaks(url())
    })

    it.each([
      ['the user may not write', [...all, '-set', '-del', '-eval', '-evalsha', '-scan']],
      ['the user may see no keys', [...all, 'resetkeys']],
      ['its memory is full', ['CONFIG', 'SET', 'maxmemory', '1']],
      ['the key has another type', ['LPUSH', `session:${sid}`, CANARIES.value]],
    ])('if %s', async (_, command) => {
      cli(...all)
      try {
        const detector = await expectNoLeaks(url(), {}, () => cli(...command))
        expect(detector.errorNames).toContain('OperationError')
      } finally {
        cli('CONFIG', 'SET', 'maxmemory', '0')
        cli('FLUSHALL')
      }
    })
  })

  describeWith(postgres, (server) => {
    const sql = async (text: string) => {
      const client = new Client({ connectionString: server().url })
      await client.connect()
      await client.query(text).finally(() => client.end())
    }
    const url = () => Object.assign(new URL(server().url), { username: urlUser, password: urlPassword }).href
    beforeAll(() => sql(`CREATE ROLE ${urlUser} LOGIN SUPERUSER PASSWORD '${urlPassword}'`))

    it('during use', () => expectNoLeaks(url()))

    it.each([
      ['a constraint', `ALTER TABLE t ADD CONSTRAINT no_canary CHECK (json NOT LIKE '%canary%')`],
      ['a column type', 'ALTER TABLE t ALTER COLUMN json TYPE numeric USING 0'],
      ['the type of an id', 'ALTER TABLE t ALTER COLUMN id TYPE uuid USING gen_random_uuid()'],
      ['a length limit', 'ALTER TABLE t ALTER COLUMN json TYPE varchar(3)'],
      [
        'a trigger',
        `CREATE OR REPLACE FUNCTION quote_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          RAISE EXCEPTION 'no %', NEW.json USING DETAIL = NEW.id, HINT = NEW.json, COLUMN = NEW.id, CONSTRAINT = NEW.json;
        END $$;
        CREATE TRIGGER quote_it BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION quote_it()`,
      ],
      ['a missing right', `ALTER TABLE t OWNER TO sessionbank; ALTER ROLE ${urlUser} NOSUPERUSER`],
    ])('if %s prevents writes', async (_, refusal) => {
      await sql('DROP TABLE IF EXISTS t')
      const detector = await expectNoLeaks(url(), { table: 't' }, () => sql(refusal))
      expect(detector.errorNames).toContain('OperationError')
    })
  })

  describeWith(mongodb, (server) => {
    it('during use', () => expectNoLeaks(server().url))

    it('if a unique index prevents writes', async () => {
      const app = await new MongoClient(server().url).connect()
      const sessions = app.db().collection('session')
      await sessions.createIndex({ [`value.${key}`]: 1 }, { unique: true })
      await sessions.insertOne({ value: { [key]: CANARIES.value } })
      const detector = await expectNoLeaks(server().url)
      expect(detector.errorNames).toContain('OperationError')
      await app.close()
    })
  })

  describeWith(couchbase, (server) => {
    it('during use', () => expectNoLeaks(server().url.replace('Administrator:password', `${urlUser}:${urlPassword}`)))
  })
})
