import { describeWith, mostListeners, postgres } from '@sessionbank/test-servers'
import { Client, type ClientConfig, type Connection, Pool, type PoolConfig, types } from 'pg'
import { connected, disconnected } from './connected.ts'
import { sql } from './sql.ts'

const HOUR = 3_600_000

describeWith(postgres, (server) => {
  let pool: Pool
  beforeEach(() => {
    pool = new Pool({ connectionString: server().url, max: 3 })
  })
  afterEach(() => pool.end())

  it('the app’s pool is used and not ended', async () => {
    const bank = await connected({ pool })
    await bank.records('session').write('a', '{"n":1}', { expires: null })
    await disconnected(bank)
    expect((await pool.query(`SELECT json FROM databank WHERE id = 'a'`)).rows).toEqual([{ json: '{"n":1}' }])
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  it.each([undefined, 'out of order'])(
    'opening fails clearly if the app’s pool returns no connection and the error %p',
    async (error) => {
      const silent = { connect: (onConnect: (error: unknown) => void) => onConnect(error), on: () => {} }
      await expect(connected({ pool: silent as never })).rejects.toMatchObject({
        code: 'SESSIONBANK_CONNECT_FAILED',
        message: expect.stringContaining('the pool returned none'),
      })
    },
  )

  it('the app’s pool can serve several banks and the app at once, repeatedly', async () => {
    for (let round = 0; round < 2; round++) {
      const banks = await Promise.all(['one', 'two'].map((table) => connected({ pool, table })))
      const work = banks.flatMap((bank) => {
        return Array.from({ length: 50 }, (_, n) => bank.records('session').write(`id-${n}`, '{}', { expires: null }))
      })
      await Promise.all([...work, ...Array.from({ length: 20 }, () => pool.query('SELECT 1'))])
      for (const bank of banks) expect(await bank.records('session').count()).toBe(50)
      await Promise.all(banks.map(disconnected))
    }
  })

  it('the app’s pool can serve eleven banks without a warning about too many listeners', async () => {
    const most = mostListeners(pool)
    const banks = await Promise.all(Array.from({ length: 11 }, () => connected({ pool })))
    await Promise.all(banks.map((bank) => bank.records('session').read('nobody')))
    await Promise.all(banks.map(disconnected))
    expect(most()).toBeLessThanOrEqual(10)
  })

  it('the app’s pool may have type parsers', async () => {
    const FLOAT8 = 701
    const before = types.getTypeParser(FLOAT8)
    types.setTypeParser(FLOAT8, () => 'bent')
    types.setTypeParser(25, () => 'bent')
    try {
      const bank = await connected({ pool })
      const expires = Date.now() + HOUR
      const revision = await bank.records('session').write('a', '{}', { expires })
      expect(await bank.records('session').read('a')).toEqual({ json: '{}', revision, expires })
      await disconnected(bank)
    } finally {
      types.setTypeParser(FLOAT8, before)
      types.setTypeParser(25, (text) => text)
    }
  })

  it('the app’s pool does not end the process if its idle connections break', async () => {
    const bank = await connected({ pool })
    await Promise.all(Array.from({ length: 60 }, (_, n) => bank.records('session').read(`id-${n}`)))
    await sql(server().url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
    // Does not use `once`, which would listen to 'error' itself.
    while (pool.totalCount > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await bank.records('session').read('nobody')).toBe(null)
    await disconnected(bank)
  })

  it('a call fails within the timeout while the app uses all connections, and releases a later one', async () => {
    const bank = await connected({ pool, timeout: 4_000 })
    const held = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
    await expect(
      bank.records('session').write('late', '{}', { expires: null, ifRevision: null }),
    ).rejects.toMatchObject({
      code: 'SESSIONBANK_TIMEOUT',
      message: expect.stringContaining('4000 ms'),
    })
    for (const client of held) client.release()
    expect(await bank.records('session').read('late')).toBe(null)
    expect(pool.waitingCount).toBe(0)
    await disconnected(bank)
  })

  it('the app’s pool may report its own timeout after the call has failed', async () => {
    const slow = new Pool({ connectionString: server().url, max: 1, connectionTimeoutMillis: 600 })
    const bank = await connected({ pool: slow, timeout: 400, retry: 60_000 })
    const held = await slow.connect()
    const answered = new Promise<unknown>((resolve) => {
      const connect = slow.connect.bind(slow)
      slow.connect = ((onConnect: (...answer: unknown[]) => void) => {
        connect((...answer) => {
          try {
            resolve(onConnect(...answer))
          } catch (error) {
            resolve(error)
          }
        })
      }) as typeof slow.connect
    })
    await expect(bank.records('session').read('a')).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' })
    expect(await answered).toBe(undefined)
    held.release()
    await disconnected(bank)
    await slow.end()
  })

  it('a pool in an unsupported mode is rejected', async () => {
    const refused = { code: 'SESSIONBANK_INVALID_OPTION' }
    for (const mode of ['binary', 'pipeline']) {
      const odd = new Pool({ connectionString: server().url, [mode]: true } as object)
      const message = expect.stringContaining(mode)
      await expect(connected({ pool: odd })).rejects.toMatchObject({ ...refused, message })
      await odd.end()
    }
    await expect(connected({ pool, max: 5 })).rejects.toMatchObject(refused)
  })

  it('a pool is rejected if it creates clients in an unsupported mode that its options do not show', async () => {
    class Pipelining extends Client {
      constructor(config?: string | ClientConfig) {
        super({ ...(config as ClientConfig), pipeline: true } as ClientConfig)
      }
    }
    const odd = new Pool({ connectionString: server().url, Client: Pipelining } as PoolConfig)
    const message = expect.stringContaining('pipeline')
    await expect(connected({ pool: odd })).rejects.toMatchObject({ code: 'SESSIONBANK_CONNECT_FAILED', message })
    await odd.end()
  })

  it('opening fails clearly if the pool’s version of pg does not answer every statement', async () => {
    const single = new Pool({ connectionString: server().url, max: 1 })
    const bank = await connected({ pool: single })
    const client = (await single.connect()) as unknown as { connection: NodeJS.EventEmitter; release(): void }
    client.connection.removeAllListeners('commandComplete')
    client.release()
    await expect(bank.records('session').write('a', '{}', { expires: null })).rejects.toMatchObject({
      code: 'SESSIONBANK_UNKNOWN_OUTCOME',
      message: expect.stringContaining('0 of 1 statements were answered'),
    })
    await disconnected(bank)
    await single.end()
  })

  it('a broken connection of the app’s pool is not reported as an answer of the server', async () => {
    const single = new Pool({ connectionString: server().url, max: 1 })
    const bank = await connected({ pool: single })
    const breakPipe = async () => {
      const client = (await single.connect()) as unknown as { connection: Connection; release(): void }
      const { connection } = client
      connection.sync = () => connection.stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      client.release()
    }
    await breakPipe()
    expect(await bank.records('session').read('nobody')).toBe(null)
    await breakPipe()
    await expect(bank.records('session').write('a', '{}', { expires: null })).rejects.toMatchObject({
      code: 'SESSIONBANK_UNKNOWN_OUTCOME',
    })
    await disconnected(bank)
    await single.end()
  })

  it('a call fails clearly after the app has ended its pool', async () => {
    const ended = new Pool({ connectionString: server().url })
    const bank = await connected({ pool: ended })
    await ended.end()
    await expect(bank.records('session').read('a')).rejects.toMatchObject({ name: 'OperationError' })
    await disconnected(bank)
  })
})
