import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RecordsBank } from '@sessionbank/databank-kit'
import { type OpenBank, openDatabank, SessionStore } from '@sessionbank/session-core'
import { describeWith, mongodb, postgres, redis } from '@sessionbank/test-servers'
import session from 'express-session'
import { MongoClient } from 'mongodb'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { AppFolder, snippet } from '../src/documents.ts'

const HOUR = 3_600_000
const GUIDE = 'docs/migrating.md'
const NEW_BANK = 'disk:./new-sessions'

/** What the tests use of a store of express-session. */
interface OldStore {
  set(sid: string, session: object, callback: (error?: unknown) => void): void
  touch(sid: string, session: object, callback: (error?: unknown) => void): void
  get(sid: string, callback: (error: unknown, session?: Record<string, unknown> | null) => void): void
}
type OldStoreOf<Options> = new (options: Options) => OldStore

const FileStore: OldStoreOf<object> = require('session-file-store')(session)
const PgStore: OldStoreOf<object> = require('connect-pg-simple')(session)
const { RedisStore }: { RedisStore: OldStoreOf<object> } = require('connect-redis')
const MongoStore: { create(options: object): OldStore & { close(): Promise<void> } } = require('connect-mongo').default

const SIDS = ['touched', 'brief', 'dead']

/** A session that a touch has given three hours, one of the browser, and one that has ended. */
async function fill(store: OldStore): Promise<void> {
  const set = promisify(store.set.bind(store))
  const touch = promisify(store.touch.bind(store))
  await set('touched', { cookie: cookie(HOUR), user: 'ann', cart: [1, { n: 2 }] })
  await touch('touched', { cookie: cookie(3 * HOUR), user: 'ann', cart: [1, { n: 2 }] })
  await set('brief', { cookie: cookie(null), user: 'bob' })
  await set('dead', { cookie: cookie(-HOUR), user: 'eve' })
}

function cookie(maxAge: number | null): session.Cookie {
  const made = new session.Cookie()
  if (maxAge !== null) {
    made.expires = new Date(Date.now() + maxAge)
    // The setter has taken what is left of it by now, which may be a millisecond less.
    made.originalMaxAge = maxAge
  }
  return made
}

/** The data of each session that a store still gives. */
async function dataIn(store: OldStore): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const sid of SIDS) {
    const session = await promisify(store.get.bind(store))(sid)
    if (!session) continue
    const { cookie: _cookie, __lastAccess, ...data } = session
    found[sid] = data
  }
  return found
}

type Expiries = Record<string, number>

describeWith(redis, (redisServer) => {
  describeWith(postgres, (postgresServer) => {
    let folder: AppFolder
    let bank: (OpenBank & RecordsBank) | undefined
    const targets = {
      disk: () => `disk:${join(folder.path, 'new-sessions')}`,
      Redis: () => redisServer().url,
      PostgreSQL: () => postgresServer().url,
    }
    const names = Object.keys(targets) as (keyof typeof targets)[]

    beforeEach(() => {
      folder = new AppFolder()
    })
    afterEach(async () => {
      await bank?.records('session').clear()
      await bank?.[Symbol.asyncDispose]()
      bank = undefined
      await folder.remove()
    })

    /** Runs a recipe, twice, as it may be, and compares what has come over with the old store. */
    async function expectMoved(recipe: string, target: string, store: OldStore, expiries: Expiries): Promise<void> {
      const code = recipe.replace(NEW_BANK, target)
      // Far from the time zone of the tests and of the database.
      for (const _ of [1, 2]) expect(await folder.run(code, { env: { TZ: 'Pacific/Auckland' } })).toBe('')

      bank = (await openDatabank(target)) as OpenBank & RecordsBank
      const moved = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
      const data: Record<string, unknown> = {}
      const ends: Expiries = {}
      for (const { sid, cookie, ...rest } of await moved.all()) {
        data[sid as string] = rest
        ends[sid as string] = (await bank.records('session').read(sid as string))?.expires as number
        expect(cookie.expires ?? null).toEqual(sid === 'brief' ? null : new Date(ends[sid as string] as number))
      }
      expect(data).toEqual(await dataIn(store))
      expect(Object.keys(data).sort()).toEqual(['brief', 'touched'])
      expect(ends).toEqual(expiries)
    }

    describe('sessions of session-file-store', () => {
      it.each(names)('move to %s', async (name) => {
        const store = new FileStore({ path: join(folder.path, 'sessions'), logFn() {}, reapInterval: -1, retries: 0 })
        await fill(store)
        const file = (sid: string) => join(folder.path, 'sessions', `${sid}.json`)
        const stored = (sid: string) => JSON.parse(readFileSync(file(sid), 'utf8'))
        // It tells by the last use and the age whether a session lives, never by the date in the cookie.
        const dead = { ...stored('touched'), __lastAccess: Date.now() - 3 * HOUR - 1, user: 'eve' }
        writeFileSync(file('dead'), JSON.stringify(dead))
        const recipe = snippet(GUIDE, 'from-session-file-store.mjs')

        await expectMoved(recipe, targets[name](), store, {
          touched: stored('touched').__lastAccess + 3 * HOUR,
          brief: stored('brief').__lastAccess + HOUR,
        })
      })
    })

    describe('sessions of connect-pg-simple', () => {
      it.each(names)('move to %s', async (name) => {
        const connectionString = postgresServer().url
        const pool = new Pool({ connectionString })
        const store = new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false })
        try {
          await fill(store)
          const asked = 'SELECT sid, extract(epoch FROM expire::timestamptz)::float8 * 1000 AS end FROM session'
          const { rows } = await pool.query(asked)
          const ends = Object.fromEntries(rows.map(({ sid, end }) => [sid, end]))
          expect(Math.abs(ends.touched - Date.now() - 3 * HOUR)).toBeLessThan(HOUR / 2)
          const recipe = snippet(GUIDE, 'from-connect-pg-simple.mjs')

          const code = recipe.replace('postgres://app:secret@localhost/app', connectionString)
          await expectMoved(code, targets[name](), store, { touched: ends.touched, brief: ends.brief })
        } finally {
          await pool.end()
        }
      })
    })

    describeWith(mongodb, (mongodbServer) => {
      describe('sessions of connect-mongo', () => {
        it.each(names.flatMap((name) => [true, false].map((stringify) => [name, stringify] as const)))(
          'move to %s, with stringify: %p',
          async (name, stringify) => {
            const client = await MongoClient.connect(mongodbServer().url)
            const store = MongoStore.create({ client, stringify, autoRemove: 'disabled' })
            const collection = client.db().collection('sessions')
            try {
              await fill(store)
              const found = await collection.find().toArray()
              const ends = Object.fromEntries(found.map(({ _id, expires }) => [String(_id), expires.getTime()]))
              const recipe = snippet(GUIDE, 'from-connect-mongo.mjs')

              const code = recipe.replace('mongodb://localhost/app', mongodbServer().url)
              await expectMoved(code, targets[name](), store, { touched: ends.touched, brief: ends.brief })
            } finally {
              await collection.drop()
              await client.close()
            }
          },
        )
      })
    })

    describe('sessions of connect-redis', () => {
      it('are used where they lie, and can still be read there', async () => {
        const client = createClient({ url: redisServer().url })
        await client.connect()
        const store = new RedisStore({ client })
        try {
          await fill(store)
          const before = await dataIn(store)
          const code = snippet(GUIDE, "type: 'sess'").replace('redis://localhost', redisServer().url)

          const output = await folder.run(`${code}
            console.log(JSON.stringify(await store.find({ user: 'ann' })))
            await store.update('touched', (session) => { session.user = 'anna' })
            await store.close()
            await bank.disconnect()`)

          const [{ sid, session }] = JSON.parse(output)
          const { cookie, ...data } = session
          expect({ [sid]: data }).toEqual({ touched: before.touched })
          expect(Math.abs(Date.parse(cookie.expires) - Date.now() - 3 * HOUR)).toBeLessThan(HOUR / 2)
          expect(await dataIn(store)).toEqual({ ...before, touched: { ...data, user: 'anna', sid } })
        } finally {
          await client.close()
        }
      })
    })

    describe('sessions of a bank of ours', () => {
      it.each(names.slice(1))('move from disk to %s, to the letter and with their end', async (name) => {
        const entries = [
          ['a', '{"n": 1, "cookie":{}}', Date.now() + HOUR],
          ['b', '{"cookie":{},"n":1}', null],
        ] as const
        await using from = (await openDatabank(`disk:${join(folder.path, 'sessions')}`)) as OpenBank & RecordsBank
        for (const [sid, json, expires] of entries) await from.records('session').write(sid, json, { expires })
        const target = targets[name]()

        const code = snippet(GUIDE, 'copy-sessions.mjs').replace('redis+cluster://a:6379,b:6379', target)
        expect(await folder.run(code)).toBe('')

        bank = (await openDatabank(target)) as OpenBank & RecordsBank
        for (const [sid, json, expires] of entries) {
          expect(await bank.records('session').read(sid)).toMatchObject({ json, expires })
        }
      })
    })
  })
})

it('the way from connect-databank runs as it stands', async () => {
  const folder = new AppFolder()
  try {
    expect(await folder.run(snippet(GUIDE, "require('connect-databank')(session)"), { name: 'script.cjs' })).toBe('')
  } finally {
    await folder.remove()
  }
})
