import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type OpenBank, openDatabank, SessionStore } from '@sessionbank/session-core'
import { describeWith, postgres, temporaryFolder } from '@sessionbank/test-servers'

/** The part of the package `pg` that is used here. It has no types. */
interface SqlClient {
  connect(): Promise<void>
  query(text: string): Promise<{ rows: unknown[] }>
  end(): Promise<void>
}
const { Client } = require('pg') as { Client: new (options: { connectionString: string }) => SqlClient }

const TIMEOUT = 600
/** How long a logout waits for the stalled write, in ms, before it is unblocked: far longer than a database takes. */
const GOES_ON_AFTER = 400

const HOLDER = join(__dirname, '..', 'src', 'children', 'hold-write-lock.mjs')

const disconnected = (bank: OpenBank) => new Promise((resolve) => bank.disconnect(resolve))

/**
 * Makes a first save time out while the database is blocked. Unblocks it when the following logout is done or waiting.
 */
async function logOutBehindStalledSave(bank: OpenBank, unblock: () => Promise<unknown>): Promise<void> {
  const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, timeout: TIMEOUT })
  await expect(store.save('a', { stalls: true, cookie: {} })).rejects.toThrow()
  const logout = store.destroy('a')
  await Promise.race([logout.catch(() => {}), delay(GOES_ON_AFTER)])
  await unblock()
  await logout
}

describe('a first save that timed out because another process held the write lock of the disk bank', () => {
  it('does not revive the session after its logout was acknowledged', async () => {
    const folder = temporaryFolder('late-write')
    const [data, file] = [join(folder.path, 'data'), join(folder.path, 'go-on')]
    let bank = await openDatabank(`disk:${data}`)
    await new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 }).save('another', { cookie: {} })
    const holder = spawn(process.execPath, [HOLDER, data, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(holder, 'exit')
    try {
      await once(holder.stdout, 'data')
      await logOutBehindStalledSave(bank, async () => {
        writeFileSync(file, '')
        await ended
      })
      await disconnected(bank)
      bank = await openDatabank(`disk:${data}`)
      expect(await new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 }).load('a')).toBeNull()
    } finally {
      writeFileSync(file, '')
      await ended
      await disconnected(bank)
      folder.remove()
    }
  })
})

describeWith(postgres, (server) => {
  describe('a first save that timed out while PostgreSQL was processing it', () => {
    it('does not revive the session after its logout was acknowledged', async () => {
      const bank = await openDatabank(server().url)
      const sql = new Client({ connectionString: server().url })
      await sql.connect()
      try {
        await sql.query(
          `CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$;
           CREATE TRIGGER stalled BEFORE INSERT ON databank FOR EACH ROW WHEN (NEW.id = 'a') EXECUTE FUNCTION stall();
           SELECT pg_advisory_lock(7)`,
        )
        await logOutBehindStalledSave(bank, () => sql.query('SELECT pg_advisory_unlock(7)'))
        const busy = `SELECT 1 FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()`
        while ((await sql.query(busy)).rows.length > 0) await delay(10)
        expect(await new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 }).load('a')).toBeNull()
      } finally {
        await sql.end()
        await disconnected(bank)
      }
    })
  })
})
