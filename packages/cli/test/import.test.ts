import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { StoreOptions } from '@sessionbank/session-core'
import { sessionHandle } from '@sessionbank/session-core'
import { describeWith, mongodb, postgres, redis, redisCluster } from '@sessionbank/test-servers'
import session from 'express-session'
import { MongoClient } from 'mongodb'
import { Pool } from 'pg'
import { createClient, createCluster } from 'redis'
import { expectFailure, heldBy, newFolder, output, sessionbank, withStore } from './cli.ts'

const HOUR = 3_600_000
const TOLD = 'imported 2 sessions; skipped 0 existing, 1 expired, 0 damaged\n'
const TOLD_AGAIN = 'imported 0 sessions; skipped 2 existing, 1 expired, 0 damaged\n'

/** The methods of express-session's stores that the tests use. */
interface OldStore {
  set(sid: string, session: object, callback: (error?: unknown) => void): void
  touch(sid: string, session: object, callback: (error?: unknown) => void): void
}
type OldStoreOf<Options> = new (options: Options) => OldStore

const FileStore: OldStoreOf<object> = require('session-file-store')(session)
const PgStore: OldStoreOf<object> = require('connect-pg-simple')(session)
const { RedisStore }: { RedisStore: OldStoreOf<object> } = require('connect-redis')
const MongoStore: { create(options: object): OldStore & { close(): Promise<void> } } = require('connect-mongo').default

function cookie(maxAge: number | null): session.Cookie {
  const made = new session.Cookie()
  if (maxAge === null) return made
  made.expires = new Date(Date.now() + maxAge)
  made.originalMaxAge = maxAge
  return made
}

/** Writes a session that a touch has extended to three hours, and one with a session cookie. */
async function fill(store: OldStore): Promise<void> {
  const set = promisify(store.set.bind(store))
  await set('touched', { cookie: cookie(HOUR), user: 'ann', 'a.b': { $c: [1] } })
  await promisify(store.touch.bind(store))('touched', { cookie: cookie(3 * HOUR), user: 'ann', 'a.b': { $c: [1] } })
  await set('brief', { cookie: cookie(null), user: 'bob' })
}

let folder: string
let to: string
beforeEach(() => {
  folder = newFolder()
  to = `disk:${join(folder, 'new')}`
})

function run(kind: string, from: string, ...flags: string[]): Promise<string> {
  // A time zone that differs from the database's.
  return output(['import', kind, from, to, ...flags], { env: { TZ: 'Pacific/Auckland' } })
}

function asOptions(options: object): string[] {
  writeFileSync(join(folder, 'options.json'), JSON.stringify(options))
  return ['--options', join(folder, 'options.json')]
}

/** Expects both sessions with their expiries, within a tolerance in ms. */
async function expectMoved(
  ends: { touched: number; brief: number },
  exact = 0,
  options: StoreOptions = {},
): Promise<void> {
  await withStore(
    to,
    async ({ store }) => {
      expect(await store.load('touched')).toMatchObject({ user: 'ann', 'a.b': { $c: [1] } })
      expect(await store.load('brief')).toMatchObject({ user: 'bob', cookie: { originalMaxAge: null } })
      const found = await Promise.all([store.find({ user: 'ann' }), store.find({ user: 'bob' })])
      for (const [n, end] of [ends.touched, ends.brief].entries()) {
        const expires = found[n]?.[0]?.expiresAt?.getTime() ?? 0
        expect(Math.abs(expires - end)).toBeLessThanOrEqual(exact)
      }
      expect(await store.length()).toBe(2)
    },
    options,
  )
}

/** Changes a session of the new bank, which a second import must not overwrite. */
async function use(options: StoreOptions = {}): Promise<void> {
  await withStore(
    to,
    ({ store }) => store.update('touched', (session) => void Object.assign(session, { user: 'newer' })),
    options,
  )
}

function userAt(sid: string, options: StoreOptions = {}): Promise<unknown> {
  return withStore(to, async ({ store }) => (await store.load(sid))?.user, options)
}

describe('import session-file-store', () => {
  it('computes the expiry from the last use, names damaged files, and overwrites nothing', async () => {
    const path = join(folder, 'old')
    const store = new FileStore({ path, logFn() {}, reapInterval: -1, retries: 0 })
    await fill(store)
    const stored = (sid: string) => JSON.parse(readFileSync(join(path, `${sid}.json`), 'utf8'))
    // The date of its cookie has not passed, but the store ignores it.
    const dead = { ...stored('touched'), __lastAccess: Date.now() - 3 * HOUR - 1 }
    writeFileSync(join(path, 'dead.json'), JSON.stringify(dead))
    expect(await run('session-file-store', path)).toBe(TOLD)
    await expectMoved({
      touched: stored('touched').__lastAccess + 3 * HOUR,
      brief: stored('brief').__lastAccess + HOUR,
    })
    await use()
    for (const [name, text] of Object.entries({ 'cut.json': '{"cookie":{', 'list.json': '[]', 'empty.json': '' })) {
      writeFileSync(join(path, name), text)
    }
    const { code, out, err } = await sessionbank(['import', 'session-file-store', path, to])
    expect({ code, out }).toEqual({ code: 1, out: TOLD_AGAIN.replace('0 damaged', '3 damaged') })
    expect(err).toContain(join(path, 'cut.json'))
    expect(await userAt('touched')).toBe('newer')
    await expectFailure(['import', 'session-file-store', join(folder, 'none'), to], /cannot be read/)
    await expectFailure(['import', 'session-file-store', path, to, '--ttl', 'x'], /--ttl must be a number/)
    await expectFailure(['import', 'connect-rdis', path, to], /the kinds are/)
  })
})

describe('import session-file-store with a secret', () => {
  it.each([{ secret: 'squirrel' }, { secret: 'env:FILE_SECRET' }])('decrypts its sessions with %j', async (ours) => {
    process.env.FILE_SECRET = 'squirrel'
    const path = join(folder, 'old')
    const settings = { path, logFn() {}, reapInterval: -1, retries: 0 }
    await fill(new FileStore({ ...settings, secret: 'squirrel' }))
    // A session that was written before the store had a secret.
    const plain = { __lastAccess: Date.now() - 2 * HOUR, cookie: {}, user: 'eve' }
    writeFileSync(join(path, 'dead.json'), JSON.stringify(plain))
    const flags = asOptions(ours)
    expect(readFileSync(join(path, 'touched.json'), 'utf8')).not.toContain('ann')
    expect(await run('session-file-store', path, ...flags)).toBe(TOLD)
    await expectMoved({ touched: Date.now() + 3 * HOUR, brief: Date.now() + HOUR }, 60_000)
    await use()
    expect(await run('session-file-store', path, ...flags)).toBe(TOLD_AGAIN)
    expect(await userAt('touched')).toBe('newer')
    for (const wrong of [[], asOptions({ secret: 'wrong' })]) {
      const { code, out, err } = await sessionbank(['import', 'session-file-store', path, to, ...wrong])
      expect({ code, out }).toEqual({
        code: 1,
        out: 'imported 0 sessions; skipped 0 existing, 1 expired, 2 damaged\n',
      })
      expect(err).toContain('encrypted with another secret')
      expect(err).not.toMatch(/wrong|squirrel/)
    }
  })
})

describe('import databank-disk', () => {
  it('finds sessions in the folders of their hashes, with the expiries in their cookies', async () => {
    const put = (sid: string, value: object, name = createHash('md5').update(sid).digest('base64url')) => {
      const nested = join(folder, 'old', 'session', name[0] ?? '', name.slice(0, 2), name.slice(0, 3))
      mkdirSync(nested, { recursive: true })
      writeFileSync(join(nested, `${name}.json`), JSON.stringify({ ...value, sid }))
    }
    const end = Date.now() + 3 * HOUR
    const withEnd = (time: number) => ({ originalMaxAge: HOUR, expires: new Date(time).toISOString() })
    put('touched', { user: 'ann', 'a.b': { $c: [1] }, cookie: withEnd(end) })
    put('brief', { user: 'bob', cookie: { originalMaxAge: null, expires: null } })
    put('dead', { user: 'eve', cookie: withEnd(Date.now() - 1) })
    expect(await run('databank-disk', join(folder, 'old'), ...asOptions({ ttl: 2 * HOUR }))).toBe(TOLD)
    await expectMoved({ touched: end, brief: Date.now() + 2 * HOUR }, 60_000)
    put('moved', { user: 'eve', cookie: {} }, 'x'.repeat(22))
    const { code, err } = await sessionbank(['import', 'databank-disk', join(folder, 'old'), to])
    expect(code).toBe(1)
    expect(err).toContain('x'.repeat(22))
  })
})

describeWith(redis, (server) => {
  describe('import connect-redis', () => {
    it.each(['myapp', 'a*p:', ''])('reads only keys with the prefix "%s"', async (prefix) => {
      const client = createClient({ url: server().url })
      await client.connect()
      try {
        await client.flushAll()
        await fill(new RedisStore({ client, prefix, ttl: 7_200 }))
        await client.set('axp:other', '{"cookie":{},"user":"eve"')
        await client.set('other', 'text')
        await client.lPush(`${prefix}list`, 'x')
        await client.set(`${prefix}dead`, JSON.stringify({ cookie: { expires: new Date(0) } }))
        const end = async (sid: string) => Date.now() + Number(await client.pTTL(prefix + sid))
        expect(await run('connect-redis', server().url, '--prefix', prefix)).toBe(TOLD)
        await expectMoved({ touched: await end('touched'), brief: await end('brief') }, 1_000)
        await use()
        expect(await run('connect-redis', server().url, '--prefix', prefix)).toBe(TOLD_AGAIN)
        expect(await userAt('touched')).toBe('newer')
      } finally {
        client.destroy()
      }
    })

    it('names damaged sessions by their handles, and fails clearly if the server is unreachable', async () => {
      const client = createClient({ url: server().url })
      await client.connect()
      await client.set('bad:canary', 'no JSON')
      client.destroy()
      const args = ['import', 'connect-redis', server().url, to, '--prefix', 'bad:']
      const { code, err } = await sessionbank(args)
      expect({ code, isNamed: err.includes(sessionHandle('canary')) }).toEqual({ code: 1, isNamed: true })
      expect(err).not.toContain('canary')
      expect((await sessionbank([...args, '--full-ids'])).err).toContain('"canary"')
      await expectFailure(['import', 'connect-redis', 'redis://:pass-word-1@127.0.0.1:1', to], /cannot be read \(\w/, 1)
      await expectFailure(['import', 'connect-redis', 'disk:x', to], /redis:\/\//)
    })
  })
})

describeWith(redisCluster, (server) => {
  describe('import connect-redis from a Redis Cluster', () => {
    it('reads the keys of all nodes', async () => {
      const hosts = server().url.slice('redis+cluster://'.length)
      const client = createCluster({ rootNodes: hosts.split(',').map((host) => ({ url: `redis://${host}` })) })
      await client.connect()
      try {
        const store = new RedisStore({ client, prefix: 'myapp:' })
        await fill(store)
        const set = promisify(store.set.bind(store))
        for (let n = 0; n < 50; n++) await set(`n${n}`, { cookie: cookie(HOUR), user: n })
        await client.set('myapp:dead', JSON.stringify({ cookie: { expires: new Date(0) } }))
        const flags = ['--prefix', 'myapp:']
        expect(await run('connect-redis', server().url, ...flags)).toMatch(
          /^imported 52 sessions; skipped 0 existing, 1 expired, 0/,
        )
        await use()
        expect(await run('connect-redis', server().url, ...flags)).toMatch(/^imported 0 sessions; skipped 52 existing/)
        expect(await userAt('touched')).toBe('newer')
        expect(await userAt('n49')).toBe(49)
      } finally {
        client.destroy()
      }
    })

    it('logs in to each node, with a password that has colons', async () => {
      const hosts = server().url.slice('redis+cluster://'.length)
      const nodes = hosts.split(',').map((host) => createClient({ url: `redis://${host}` }))
      await Promise.all(nodes.map((node) => node.connect()))
      try {
        const user = ['ACL', 'SETUSER', 'importer', 'on', '>pa:ss:word', 'allkeys', 'allcommands']
        await Promise.all(nodes.map((node) => node.sendCommand(user)))
        const url = `valkey+cluster://importer:pa:ss:word@${hosts}`
        expect(await run('connect-redis', url, '--prefix', 'nothing:')).toMatch(/^imported 0 sessions/)
        await expectFailure(['import', 'connect-redis', url.replace(':word', ''), to], /cannot be read/, 1)
      } finally {
        await Promise.all(nodes.map((node) => node.sendCommand(['ACL', 'DELUSER', 'importer'])))
        for (const node of nodes) node.destroy()
      }
    })

    it('fails clearly if the cluster is unreachable, without showing the password', async () => {
      const args = ['import', 'connect-redis', 'redis+cluster://:pass-word-1@127.0.0.1:1', to]
      await expectFailure(args, /^(?!.*pass-word).*cannot be read \(\w/s, 1)
      await expectFailure(['import', 'connect-redis', 'redis+sentinel://127.0.0.1:1/m', to], /redis\+cluster:\/\//)
    })
  })
})

describeWith(postgres, (server) => {
  describe('import connect-pg-simple', () => {
    it('copies the expiries of its column into a bank with hashed ids and sealed contents', async () => {
      const pool = new Pool({ connectionString: server().url })
      try {
        await fill(new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false }))
        await pool.query(
          `INSERT INTO session (sid, sess, expire) VALUES ('dead', '{"cookie":{}}', now() - interval '1 s')`,
        )
        const { rows } = await pool.query(
          'SELECT sid, extract(epoch FROM expire::timestamptz)::float8 * 1000 AS end FROM session',
        )
        const ends = Object.fromEntries(rows.map(({ sid, end }) => [sid, end]))
        const options: StoreOptions = { hashIds: true, encryption: { keys: ['ab'.repeat(32)] } }
        const flags = asOptions(options)
        expect(await run('connect-pg-simple', server().url, ...flags)).toBe(TOLD)
        await expectMoved({ touched: ends.touched, brief: ends.brief }, 1, options)
        expect(JSON.stringify([...(await heldBy(to))])).not.toMatch(/touched|ann/)
        await use(options)
        expect(await run('connect-pg-simple', server().url, '--table', 'public.session', ...flags)).toBe(TOLD_AGAIN)
        expect(await userAt('touched', options)).toBe('newer')
      } finally {
        await pool.end()
      }
    })
  })
})

describeWith(mongodb, (server) => {
  const secret = 'squirrel'

  describe('import connect-mongo', () => {
    it.each([
      [{}, {}],
      [{ stringify: false }, {}],
      [{ crypto: { secret } }, { secret }],
      [{ stringify: false, crypto: { secret } }, { secret: 'env:MONGO_SECRET' }],
    ])('reads sessions written with %j', async (storeOptions, ours) => {
      process.env.MONGO_SECRET = secret
      const client = new MongoClient(server().url)
      const store = MongoStore.create({ client, autoRemove: 'disabled', ...storeOptions })
      try {
        const documents = client.db().collection<{ _id: string; expires: Date }>('sessions')
        await documents.deleteMany({})
        await fill(store)
        await promisify(store.set.bind(store))('dead', { cookie: cookie(HOUR), user: 'eve' })
        await documents.updateOne({ _id: 'dead' }, { $set: { expires: new Date(Date.now() - 1) } })
        const end = async (_id: string) => (await documents.findOne({ _id }))?.expires.getTime() ?? 0
        expect(await run('connect-mongo', server().url, ...asOptions(ours))).toBe(TOLD)
        await expectMoved({ touched: await end('touched'), brief: await end('brief') })
        await use()
        expect(await run('connect-mongo', server().url, ...asOptions(ours))).toBe(TOLD_AGAIN)
        expect(await userAt('touched')).toBe('newer')
        if (!('secret' in ours)) return
        const { code, err } = await sessionbank([
          'import',
          'connect-mongo',
          server().url,
          to,
          ...asOptions({ secret: 'wrong' }),
        ])
        expect({ code, lines: err.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 3 })
      } finally {
        await store.close()
      }
    })
  })

  describe('an import into the collection that it reads', () => {
    it.each([
      ['connect-mongo', ['--type', 'sessions']],
      ['connect-mongo', ['--collection', 'session']],
      ['databank-mongodb', []],
    ])('is rejected: %s %p', async (kind, flags) => {
      await expectFailure(['import', kind, server().url, server().url, ...flags], /in the collection of the new ones/)
    })
  })

  describe('import databank-mongodb', () => {
    it('reads flat documents, and unescapes keys that MongoDB did not allow', async () => {
      const client = new MongoClient(server().url)
      try {
        const documents = client.db().collection<{ _id: string }>('session')
        await documents.deleteMany({})
        const end = Date.now() + 3 * HOUR
        const withEnd = (time: number) => ({ originalMaxAge: HOUR, expires: new Date(time).toISOString() })
        await documents.insertMany([
          { _id: 'touched', user: 'ann', 'a\u00ff0eb': { '\u00ff04c': [1] }, cookie: withEnd(end) } as { _id: string },
          { _id: 'brief', user: 'bob', cookie: { originalMaxAge: null, expires: null } } as { _id: string },
          { _id: 'dead', user: 'eve', cookie: withEnd(Date.now() - 1) } as { _id: string },
          { _id: 'new form', revision: 'x', written: new Date(), expires: null, value: {} } as { _id: string },
        ])
        const flags = asOptions({ ttl: 2 * HOUR })
        expect(await run('databank-mongodb', server().url, ...flags)).toBe(TOLD)
        await expectMoved({ touched: end, brief: Date.now() + 2 * HOUR }, 60_000)
        expect(await run('databank-mongodb', server().url, ...flags)).toBe(TOLD_AGAIN)
      } finally {
        await client.close()
      }
    })
  })
})
