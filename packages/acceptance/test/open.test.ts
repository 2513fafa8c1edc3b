import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CouchbaseDatabank } from '@sessionbank/databank-couchbase'
import { DiskDatabank } from '@sessionbank/databank-disk'
import { MemoryDatabank } from '@sessionbank/databank-memory'
import { MongodbDatabank } from '@sessionbank/databank-mongodb'
import { PostgresDatabank } from '@sessionbank/databank-postgres'
import { RedisDatabank } from '@sessionbank/databank-redis'
import { openDatabank } from '@sessionbank/session-core'
import { couchbase, describeWith, freePort, mongodb, postgres, redis, temporaryFolder } from '@sessionbank/test-servers'
import * as couchbaseLibrary from 'couchbase'
import * as mongodbLibrary from 'mongodb'
import * as pg from 'pg'
import * as redisLibrary from 'redis'

const SCHEMA = { session: { pkey: 'sid', indices: ['user'] } }

/** Writes a record and reads it back. */
async function expectToWork(bank: Pick<MemoryDatabank, 'records' | 'connected'>): Promise<void> {
  expect(bank.connected).toBe(true)
  const records = bank.records('session')
  await records.write('a', '{"n":1}', { expires: Date.now() + 60_000 })
  expect(await records.read('a')).toMatchObject({ json: '{"n":1}' })
}

describe('open', () => {
  const folder = temporaryFolder('open')
  afterAll(() => folder.remove())

  it('returns a connected bank of its class, without options if none are required', async () => {
    await using bank = await MemoryDatabank.open()
    expect(bank).toBeInstanceOf(MemoryDatabank)
    await expectToWork(bank)
  })

  it.each([{ dir: folder.path }, { url: `disk:${folder.path}` }])(
    'accepts the options of the constructor: %p',
    async (where) => {
      await using bank = await DiskDatabank.open({ ...where, schema: SCHEMA })
      expect(bank.schema).toEqual(SCHEMA)
      await expectToWork(bank)
      await bank.disconnect()
      expect(bank.connected).toBe(false)
    },
  )

  it('returns a bank of a subclass of a driver', async () => {
    class AppBank extends MemoryDatabank {
      readonly isOfTheApp = true
    }
    await using bank = await AppBank.open({ maxRecords: 5 })
    expect(bank.isOfTheApp).toBe(true)
  })

  it.each([
    ['redis', RedisDatabank, 'redis://ann:pa55word@127.0.0.1:PORT'],
    ['postgres', PostgresDatabank, 'postgres://ann:pa55word@127.0.0.1:PORT/app'],
    ['mongodb', MongodbDatabank, 'mongodb://ann:pa55word@127.0.0.1:PORT/app'],
    ['couchbase', CouchbaseDatabank, 'couchbase://ann:pa55word@127.0.0.1:PORT/app'],
    ['disk', DiskDatabank, 'disk:/dev/null/sessions'],
    ['memory', MemoryDatabank, 'memory:nowhere'],
  ] as const)('fails as openDatabank does (%s)', async (_, Driver, address) => {
    const url = address.replace('PORT', String(await freePort()))
    const said = ({ code, message }: Error & { code?: string }) => ({
      code,
      message: message.replace(/within \d+ ms/, 'in time'),
    })
    // Long enough for the client to report the cause, even on a busy machine.
    const timeout = 2_000
    for (const options of [{ timeout }, { timeout, shema: {} }]) {
      const byUrl = await openDatabank(url, options).catch(said)
      expect(byUrl).toMatchObject({ code: expect.stringMatching(/^SESSIONBANK_(CONNECT_FAILED|INVALID_OPTION)$/) })
      expect(await Driver.open({ url, ...options } as never).catch(said)).toEqual(byUrl)
    }
  })

  it('leaves nothing that keeps the process alive if it fails', async () => {
    const port = await freePort()
    const script = `
      for (const [driver, name, url] of [
        ['redis', 'Redis', 'redis://127.0.0.1:${port}'],
        ['postgres', 'Postgres', 'postgres://127.0.0.1:${port}/app'],
        ['mongodb', 'Mongodb', 'mongodb://127.0.0.1:${port}/app'],
        ['couchbase', 'Couchbase', 'couchbase://a:b@127.0.0.1:${port}/app'],
        ['disk', 'Disk', 'disk:/dev/null/sessions'],
      ]) {
        require('@sessionbank/databank-' + driver)[name + 'Databank'].open({ url, timeout: 300 })
          .catch(({ code }) => console.log(code))
      }`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: join(__dirname, '..') })
    expect(stdout).toBe('SESSIONBANK_CONNECT_FAILED\n'.repeat(5))
  })

  it.each([
    ['redis', () => RedisDatabank.open({ library: { redis: redisLibrary } as never })],
    ['pg', () => PostgresDatabank.open({ url: 'postgres://127.0.0.1/app', library: pg.Pool as never })],
    ['mongodb', () => MongodbDatabank.open({ url: 'mongodb://127.0.0.1/app', library: 'mongodb' as never })],
    ['couchbase', () => CouchbaseDatabank.open({ url: 'couchbase://a:b@127.0.0.1/app', library: null as never })],
  ])('rejects a `library` that is not the package %s, with advice', async (name, open) => {
    await expect(open()).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_OPTION',
      message: expect.stringContaining(`import * as ${name} from "${name}"`),
    })
  })
})

describe('the option `library`', () => {
  /** Counts the clients that a library in a bundle creates. */
  let made = 0
  beforeEach(() => {
    made = 0
  })

  describeWith(redis, (server) => {
    it('is used to create the client', async () => {
      const library = {
        ...redisLibrary,
        createClient: (options: object) => {
          made++
          return redisLibrary.createClient(options)
        },
      }
      await using bank = await RedisDatabank.open({ url: server().url, library })
      await expectToWork(bank)
      expect(made).toBe(1)
    })
  })

  describeWith(postgres, (server) => {
    it('is used to create the pool', async () => {
      class Pool extends pg.Pool {
        constructor(config: pg.PoolConfig) {
          super(config)
          made++
        }
      }
      await using bank = await PostgresDatabank.open({ url: server().url, library: { Pool, Client: pg.Client } })
      await expectToWork(bank)
      expect(made).toBe(1)
    })
  })

  describeWith(mongodb, (server) => {
    it('is used to create the client', async () => {
      class MongoClient extends mongodbLibrary.MongoClient {
        constructor(url: string, options?: mongodbLibrary.MongoClientOptions) {
          super(url, options)
          made++
        }
      }
      await using bank = await MongodbDatabank.open({ url: server().url, library: { MongoClient } })
      await expectToWork(bank)
      expect(made).toBe(1)
    })
  })

  describeWith(couchbase, (server) => {
    it('is used to create the connection', async () => {
      const connect: typeof couchbaseLibrary.connect = (...args) => {
        made++
        return couchbaseLibrary.connect(...args)
      }
      await using bank = await CouchbaseDatabank.open({ url: server().url, library: { connect } })
      await expectToWork(bank)
      expect(made).toBe(1)
    })
  })
})

/** Tested by `tsc`: every line must compile, and each expected error must occur. */
describe('the types of open', () => {
  it('know the bank, its options and the libraries', () => {
    const calls = async () => {
      const disk: DiskDatabank = await DiskDatabank.open({ dir: './sessions' })
      await disk.backup('./backup')
      const memory: MemoryDatabank = await MemoryDatabank.open({ maxRecords: 5, schema: SCHEMA })
      memory.onEvicted('session', (count) => count.toFixed())
      const banks = [
        await RedisDatabank.open({ url: 'redis://host', library: redisLibrary }),
        await RedisDatabank.open({ client: redisLibrary.createClient() }),
        await PostgresDatabank.open({ url: 'postgres://host/app', library: pg }),
        await PostgresDatabank.open({ pool: new pg.Pool() }),
        await MongodbDatabank.open({ url: 'mongodb://host/app', library: mongodbLibrary }),
        await CouchbaseDatabank.open({ url: 'couchbase://a:b@host/app', library: couchbaseLibrary }),
      ]
      // @ts-expect-error another driver's bank
      const other: DiskDatabank = await MemoryDatabank.open()
      // @ts-expect-error a URL instead of options
      await RedisDatabank.open('redis://host')
      // @ts-expect-error misspelt
      await RedisDatabank.open({ ulr: 'redis://host' })
      // @ts-expect-error misspelt
      await PostgresDatabank.open({ url: 'postgres://host/app', tabel: 'sessions' })
      // @ts-expect-error another driver's option
      await DiskDatabank.open({ dir: './sessions', maxRecords: 5 })
      // @ts-expect-error another package
      await RedisDatabank.open({ library: pg })
      // @ts-expect-error another package
      await MongodbDatabank.open({ url: 'mongodb://host/app', library: redisLibrary })
      return [banks, other]
    }
    expect(calls).toBeInstanceOf(Function)
  })
})
