import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordsBank } from '@sessionbank/databank-kit'
import { type OpenBank, openDatabank } from '@sessionbank/session-core'
import { describeWith, mongodb, postgres, redis } from '@sessionbank/test-servers'
import { MongoClient } from 'mongodb'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { Migration, type Move, sidOf } from '../src/migrating/migration.ts'
import { block, loggedIn, Pages } from '../src/migrating/page.ts'

const HOUR = 3_600_000
const INDEX = 'docs/migrating.md'
const SECRET = 'squirrel'

process.env.OLD_SECRET = SECRET

let pages: Pages
/** Lets the tests of a `describe` run pages, and ends the apps before their server. */
function usePages(): void {
  beforeAll(() => {
    pages = new Pages()
  })
  afterAll(() => pages.remove())
}

const PAGES = readdirSync(join(__dirname, '../../../docs/migrating')).map((file) => file.replace('.md', ''))
const onPage = (name: string) => `docs/migrating/${name}.md`

const moving = (move: Move) => new Migration(pages, move)

/** Counts folders: each test has its own, so that it does not find sessions of another one. */
let folders = 0
const newFolder = (name: string) => join(pages.folder.path, `${name}-${folders++}`)

describe('each page', () => {
  it.each(PAGES)('%s installs the packages that its new lines need', (page) => {
    const lines = block(onPage(page), 'js', 'after')
    const driver = /(redis|mongodb|postgres|disk):/.exec(lines)?.[1]
    const needed = [...lines.matchAll(/'(@sessionbank\/[\w-]+)'/g)].map(([, name]) => name)
    const installed = block(onPage(page), 'sh', 'npm install')
    for (const name of [...needed, `@sessionbank/databank-${driver}`]) expect(installed).toContain(name)
  })
})

describe('without a server:', () => {
  usePages()

  describe('session-file-store', () => {
    it.each([
      ['without a secret', 'before', '--ttl'],
      ['with a secret', 'before, with a secret', '--options'],
    ])('%s is migrated, and users stay logged in', async (_, before, words) => {
      const [from, to] = [newFolder('files'), newFolder('bank')]
      const isQuiet = { "path: './old-sessions'": `path: '${from}', logFn() {}, reapInterval: -1, retries: 0` }
      await moving({
        page: onPage('session-file-store'),
        before,
        after: 'after',
        words,
        ...(words === '--options' && { options: 'old.json' }),
        old: isQuiet,
        command: { './old-sessions': from, './sessions': to },
        new: { './sessions': to },
      }).run()
    })
  })

  describe('MemoryStore', () => {
    it('is replaced by a bank that keeps sessions for the next app', async () => {
      const lines = block(onPage('memorystore'), 'js', 'after')
      const replacements = { './sessions': newFolder('bank') }
      const ann = await loggedIn(await pages.app('express', lines, replacements), { user: 'ann' })
      expect(await ann.at(await pages.app('express', lines, replacements)).send('show')).toEqual({ user: 'ann' })
    })
  })
})

describeWith(redis, (server) => {
  describe('with a server:', () => {
    usePages()
    const url = 'redis://localhost'
    let client: ReturnType<typeof createClient>
    beforeAll(async () => {
      client = createClient({ url: server().url })
      await client.connect()
    })
    beforeEach(() => client.flushAll())
    afterAll(() => client.destroy())
    const here = () => ({ [url]: server().url })
    /** Expires a session in Redis, which uses its own clock. */
    const ended = (prefix: string) => ({ end: (sid: string) => client.pExpireAt(prefix + sid, 1) })

    describe('connect-redis', () => {
      it.each([
        ['with node-redis', 'before', 'after', 'sess:'],
        ['with a key prefix', 'before, with a key prefix', 'after, with a key prefix', 'app:sess:'],
      ])('%s is migrated in place, and back', async (_, before, after, prefix) => {
        const move = { page: onPage('connect-redis'), before, after, old: here(), new: here() }
        const migration = moving(move)
        const site = await migration.run(ended(prefix))
        await migration.runBack(site)
        const sid = sidOf(migration.ann)
        expect(await client.keys('*')).toContain(prefix + sid)
        // connect-redis reads a session that it created, and one that our store created.
        const cat = await loggedIn(await migration.startNew(), { user: 'cat' })
        const back = await migration.startOld()
        expect(await migration.ann.at(back).send('show')).toEqual({ user: 'ann', cart: ['ink'], sid })
        const shown = await cat.at(back).send('show')
        expect(shown).toEqual({ user: 'cat', sid: sidOf(cat), _bank: { created: expect.any(Number) } })
      })

      it('is migrated into another bank from a prefix that cannot be a type', async () => {
        const to = newFolder('bank')
        await moving({
          page: onPage('connect-redis'),
          before: 'before',
          after: 'after an import',
          words: '--prefix myapp',
          old: { ...here(), '{ client }': "{ client, prefix: 'myapp' }" },
          command: { ...here(), './sessions': to },
          new: { './sessions': to },
        }).run(ended('myapp'))
      })

      it('is migrated in place under Fastify, and back', async () => {
        const migration = moving({
          page: onPage('fastify-session'),
          framework: 'fastify',
          before: 'before',
          after: 'after',
          old: here(),
          new: here(),
        })
        await migration.runBack(await migration.run(ended('sess:')))
      })
    })

    describe('koa-redis', () => {
      it('is migrated, and users stay logged in', async () => {
        const to = newFolder('bank')
        await client.set('other', '{"no":"session"}')
        await moving({
          page: onPage('koa-session'),
          framework: 'koa',
          before: 'before',
          after: 'after',
          words: 'import koa-redis',
          old: here(),
          command: { ...here(), './sessions': to },
          new: { './sessions': to },
        }).run()
      })
    })

    describe('connect-databank', () => {
      const page = onPage('connect-databank')
      const place = () => ({ 'port: 6379': `port: ${new URL(server().url).port}` })

      it('is migrated in place, and back', async () => {
        const old = place()
        const migration = moving({
          page,
          before: 'before',
          after: 'after',
          old,
          new: { 'redis://localhost:6379': server().url },
        })
        await migration.runBack(await migration.run())
      })

      it('is migrated from databank-disk, and users stay logged in', async () => {
        const [from, to] = [newFolder('old'), newFolder('bank')]
        await moving({
          page,
          before: 'before',
          after: 'after an import',
          words: 'import databank-disk',
          old: place(),
          command: { './old-folder': from, './sessions': to },
          new: { './sessions': to },
        }).run({
          // The driver is not available any more, so connect-databank's records are written to files in its format.
          async copy() {
            for (const key of await client.keys('session:*')) {
              const name = createHash('md5').update(key.slice('session:'.length)).digest('base64url')
              const folder = join(from, 'session', name.slice(0, 1), name.slice(0, 2), name.slice(0, 3))
              mkdirSync(folder, { recursive: true })
              writeFileSync(join(folder, `${name}.json`), (await client.get(key)) as string)
            }
          },
        })
      })

      it('is migrated to our store on the app’s driver', async () => {
        const old = place()
        const ours = { ...old, "'connect-databank'": "'@sessionbank/express-databank-store'" }
        const migration = moving({ page, before: 'before', after: 'before', old, new: ours })
        await migration.runBack(await migration.run())
      })
    })

    describe('any other store', () => {
      it('is copied by the script, which overwrites nothing', async () => {
        const to = newFolder('bank')
        const end = Date.now() + HOUR
        const put = (sid: string, expires: number | null, user: string) =>
          client.set(`odd:${sid}`, Buffer.from(JSON.stringify({ cookie: { expires }, user })).toString('base64'))
        await put('ann', end, 'ann')
        await put('bob', null, 'bob')
        await put('eve', 1, 'eve')
        pages.write(
          'old-store.mjs',
          `import { RedisStore } from 'connect-redis'
         import { createClient } from 'redis'
         const client = createClient({ url: '${server().url}' })
         await client.connect()
         const parse = (text) => JSON.parse(Buffer.from(text, 'base64').toString())
         export const oldStore = new RedisStore({ client, prefix: 'odd:', serializer: { parse, stringify: JSON.stringify } })`,
        )
        const script = block(INDEX, 'js', 'from-any-store.mjs').replace('./sessions', to)
        expect(await pages.folder.run(script)).toBe('')
        await using bank = (await openDatabank(`disk:${to}`)) as OpenBank & RecordsBank
        const records = bank.records('session')
        expect(await records.read('ann')).toMatchObject({ expires: end })
        expect((await records.read('bob'))?.expires).toBeGreaterThan(end)
        expect(await records.count()).toBe(2)
        await records.write('ann', '{"user":"newer"}', { expires: end })
        expect(await pages.folder.run(script)).toBe('')
        expect(await records.read('ann')).toMatchObject({ json: '{"user":"newer"}' })
      })
    })

    describe('a Sessionbank bank', () => {
      it('is copied into another one by the command of the page', async () => {
        const from = newFolder('bank')
        {
          await using bank = (await openDatabank(`disk:${from}`)) as OpenBank & RecordsBank
          await bank.records('session').write('a', '{"n": 1, "cookie":{}}', { expires: Date.now() + HOUR })
        }
        const command = block(INDEX, 'sh', 'cli copy')
        await pages.command(command, { './sessions': from, 'redis+cluster://a:6379,b:6379': server().url })
        expect(await client.get('session:a')).toBe('{"n": 1, "cookie":{}}')
      })
    })
  })
})

describeWith(postgres, (server) => {
  describe('with a server:', () => {
    usePages()
    describe('connect-pg-simple', () => {
      it('is migrated, and users stay logged in', async () => {
        const pool = new Pool({ connectionString: server().url })
        const here = { 'postgres://app@localhost/app': server().url }
        const move = {
          page: onPage('connect-pg-simple'),
          before: 'before',
          after: 'after',
          words: 'import',
          old: here,
          command: here,
          new: here,
        }
        try {
          await moving(move).run()
        } finally {
          await pool.query('DROP TABLE IF EXISTS session, databank')
          await pool.end()
        }
      })
    })
  })
})

describeWith(mongodb, (server) => {
  describe('with a server:', () => {
    usePages()
    const here = () => ({ 'mongodb://localhost/app': server().url })
    let client: MongoClient
    beforeAll(async () => {
      client = await MongoClient.connect(server().url)
    })
    afterEach(() => client.db().dropDatabase())
    afterAll(() => client.close())

    describe('connect-databank', () => {
      it('is migrated from databank-mongodb, and users stay logged in', async () => {
        const [to, { hostname, port, pathname }] = [newFolder('bank'), new URL(server().url)]
        await moving({
          page: onPage('connect-databank'),
          before: 'before',
          after: 'after an import',
          words: 'import databank-mongodb',
          old: {
            "Databank.register('redis', require('databank-redis'))":
              "Databank.register('mongodb', require('databank-mongodb'))",
            "get('redis', { host: 'localhost', port: 6379,": `get('mongodb', { host: '${hostname}', port: ${port}, dbname: '${pathname.slice(1)}',`,
          },
          command: { 'mongodb://localhost/old': server().url, './sessions': to },
          new: { './sessions': to },
        }).run()
      })
    })

    describe('connect-mongo', () => {
      it.each([
        ['with its defaults', '', 'mongodb://localhost/app\n'],
        ['with stringify: false', 'stringify: false', 'mongodb://localhost/app\n'],
        ['with crypto', `crypto: { secret: '${SECRET}' }`, '--options'],
      ])('%s is migrated, and users stay logged in', async (_, option, words) => {
        const create = "{ mongoUrl: 'mongodb://localhost/app' }"
        await moving({
          page: onPage('connect-mongo'),
          before: 'before',
          after: 'after',
          words,
          ...(words === '--options' && { options: 'old.json' }),
          old: { [create]: `{ mongoUrl: '${server().url}', autoRemove: 'disabled', ${option} }` },
          command: here(),
          new: here(),
        }).run()
      })
    })
  })
})
