import { execFile } from 'node:child_process'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { closingServer, describeWith, freePort, postgres } from '@sessionbank/test-servers'
import type { PostgresParams } from '../src/index.ts'
import { connected, disconnected } from './connected.ts'
import { eventually } from './eventually.ts'
import { sql } from './sql.ts'

const child = join(__dirname, 'write-and-leave.cjs')
const run = (...args: string[]) => promisify(execFile)(process.execPath, [child, ...args], { timeout: 60_000 })

describeWith(postgres, (server) => {
  const changed = (change: (url: URL) => void) => {
    const url = new URL(server().url)
    change(url)
    return url.href
  }
  /** Waits, because the server notices later than the driver that a connection is closed. */
  const noConnectionIsLeft = () => {
    const others = 'SELECT 1 FROM pg_stat_activity WHERE client_port IS NOT NULL AND pid <> pg_backend_pid()'
    return eventually(async () => (await sql(server().url, others)).length === 0)
  }

  async function refused(params: PostgresParams): Promise<{ code: string; message: string; shown: string }> {
    const error = await connected({ timeout: 10_000, ...params }).then(
      () => Promise.reject(new Error('it connected')),
      (error) => error,
    )
    expect(error.code).toBe('SESSIONBANK_CONNECT_FAILED')
    return { code: error.code, message: error.message, shown: inspect(error, { depth: 9, showHidden: true }) }
  }

  it('a wrong password is named as the cause, and never shown', async () => {
    const url = changed((url) => {
      url.password = 'wrong-hunter2'
    })
    const { message, shown } = await refused({ url })
    expect(message).toMatch(/check user and password/)
    expect(shown).not.toMatch(/hunter2/)
    await noConnectionIsLeft()
  })

  it('a missing password is named as the cause', async () => {
    const { message } = await refused({ url: changed((url) => (url.password = '')) })
    expect(message).toMatch(/asks for a password.*check user and password/)
  })

  it('a URL with its scheme in capitals is accepted', async () => {
    const bank = await connected({ url: server().url.replace('postgres:', 'POSTGRES:') })
    expect(await bank.records('session').read('nobody')).toBe(null)
    await disconnected(bank)
  })

  it('a missing database is named as the cause', async () => {
    const { message } = await refused({ url: changed((url) => (url.pathname = '/nowhere')) })
    expect(message).toMatch(/no such database/)
    await noConnectionIsLeft()
  })

  it('an unknown host is named as the cause', async () => {
    const { message } = await refused({ url: changed((url) => (url.hostname = 'no-such-host.invalid')) })
    expect(message).toMatch(/host/)
  })

  it('host and port are named if nothing listens there', async () => {
    const port = String(await freePort())
    const { message, shown } = await refused({ url: changed((url) => (url.port = port)) })
    expect(message).toContain(`PostgreSQL at 127.0.0.1:${port}: nothing listens there: check host and port`)
    expect(shown).not.toMatch(/loopback-only/)
  })

  it.each([
    ['/app', 'localhost:5432'],
    ['[::1]:1/app', '[::1]:1'],
    ['ignored:1/app?host=127.0.0.1&port=1', '127.0.0.1:1'],
    ['%2Ftmp%2Fnowhere/app', '/tmp/nowhere'],
  ])('the error shows host and port as pg understands %s', async (rest, address) => {
    const failure = await connected({
      url: `postgres://ann:hunter2@${rest}`,
      timeout: 2_000,
      table: 'nowhere.t',
    }).catch((error) => error)
    expect(failure.message).toContain(`PostgreSQL at ${address}: `)
  })

  it('a connection closed by the server is not reported as a timeout', async () => {
    const { port, close } = await closingServer()
    const { message } = await refused({ url: `postgres://ann:hunter2@127.0.0.1:${port}/app` })
    expect(message).toMatch(new RegExp(`127.0.0.1:${port}: it closed the connection: check`))
    await close()
  })

  it('a server without TLS is named as the cause', async () => {
    const { message } = await refused({ url: changed((url) => (url.search = 'sslmode=require')) })
    expect(message).toContain('it does not speak TLS')
  })

  it('a missing schema is named as the cause', async () => {
    const { message } = await refused({ url: server().url, table: 'nowhere.databank' })
    expect(message).toMatch(/no such schema/)
  })

  it.each([
    ['', 0],
    [', even if the process is busy', 400],
  ])('connecting to a silent server fails within the timeout, and leaves no socket%s', async (_, busy) => {
    const sockets = new Set<Socket>()
    const mute = createServer((socket) => {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => sockets.delete(socket))
        .resume()
    })
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const port = String((mute.address() as AddressInfo).port)
    setTimeout(() => {
      for (const end = performance.now() + busy; performance.now() < end; );
    }, 450)
    const { message } = await refused({ url: changed((url) => (url.port = port)), timeout: 500 })
    // Closes only after the last socket is closed.
    await new Promise((resolve) => mute.close(resolve))
    expect(sockets.size).toBe(0)
    expect(message).toMatch(/500 ms/)
  })

  it('the error of an invalid URL does not show its password', async () => {
    for (const url of ['postgres://ann:hunter2@[broken/db', 'postgres://ann:hunter2%ZZ@host:port/db']) {
      expect((await refused({ url })).shown).not.toMatch(/hunter2/)
    }
  })

  it.each([
    'postgres://u:x@hunter2/y@127.0.0.1/d',
    'postgres://u:x@hunter2?y@127.0.0.1/d',
    'postgres://u:x@hunter2#y@127.0.0.1/d',
    'postgres://u:1/hunter2@127.0.0.1/d',
    'postgres://u:x@127.0.0.1/d?application_name=a@hunter2',
  ])('a URL with an @ after its host is rejected, and not quoted (%#)', async (url) => {
    const error = await connected({ url }).catch((error) => error)
    expect(error).toMatchObject({
      code: 'SESSIONBANK_INVALID_OPTION',
      message: expect.stringContaining('percent-encode user and password'),
    })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter2/)
  })

  it('connecting succeeds after a failure', async () => {
    await refused({ url: changed((url) => (url.password = 'wrong')) })
    const bank = await connected({ url: server().url })
    await disconnected(bank)
    await noConnectionIsLeft()
  })

  it.each([
    [{}],
    [{ url: 'mysql://host/db' }],
    [{ url: 7 as never }],
    [{ pool: {} as never }],
    [{ url: 'postgres://host/db', timeout: 0 }],
    [{ url: 'postgres://host/db', timeout: 2 ** 31 }],
    [{ url: 'postgres://host/db', timeout: '5' as never }],
    [{ url: 'postgres://host/db', max: 1.5 }],
    [{ url: 'postgres://host/db', createTable: 'no' as never }],
    [{ url: 'postgres://host/db', prepare: 1 as never }],
  ])('the options %j are rejected', async (params) => {
    await expect(connected(params)).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
  })

  it('four processes can connect at once to an empty database, and each one ends', async () => {
    for (let round = 0; round < 3; round++) {
      await sql(server().url, 'DROP TABLE IF EXISTS databank')
      await Promise.all([1, 2, 3, 4].map((n) => run(server().url, `id-${n}`)))
      expect(await sql(server().url, 'SELECT count(*)::int AS n FROM databank')).toEqual([{ n: 4 }])
    }
  }, 120_000)

  it('many banks of one process create the table once', async () => {
    const banks = await Promise.all(
      Array.from({ length: 12 }, () => connected({ url: server().url, table: 'crowd', max: 2 })),
    )
    await Promise.all(banks.map(disconnected))
    await noConnectionIsLeft()
  })
})
