import { execFileSync } from 'node:child_process'
import { closingServer, describeWith, freePort, redis, redisCluster, tcpServer } from '@sessionbank/test-servers'
import { RedisDatabank, type RedisParams } from '../src/index.ts'
import { closeBank, openBank } from './bank.ts'

const PASSWORD = 'pass-word-of-ann'

async function failureOf(params: RedisParams): Promise<Error & { code?: string }> {
  const open = async () => {
    const bank = new RedisDatabank({ timeout: 10_000, ...params })
    await bank.connect()
    return bank
  }
  const outcome = await open().then(
    async (bank) => {
      await bank.disconnect()
      return new Error('it connected')
    },
    (error: Error) => error,
  )
  return outcome
}

describeWith(redis, (server) => {
  describe('connecting by URL', () => {
    it.each([
      ['a wrong password', () => `redis://ann:${PASSWORD}@127.0.0.1:${server().port}`, /password.*url/],
      ['a missing database', () => `redis://127.0.0.1:${server().port}/4711`, /database 4711/],
      ['an unknown host', () => `redis://:${PASSWORD}@no-such-host.invalid:6379`, /host and port/],
      [
        'a cluster URL of a single node',
        () => `redis+cluster://127.0.0.1:${server().port}`,
        /not a cluster|cannot be reached/,
      ],
    ])('fails with one clear error for %s', async (_, url, message) => {
      const error = await failureOf({ url: url() })
      expect(error).toMatchObject({ name: 'ConnectError', code: 'SESSIONBANK_CONNECT_FAILED' })
      expect(error.message).toMatch(message)
      expect(everythingIn(error)).not.toContain(PASSWORD)
    })

    it.each(['redis', 'redis+cluster', 'redis+sentinel'])('fails clearly if nothing listens (%s)', async (scheme) => {
      const port = await freePort()
      const error = await failureOf({
        url: `${scheme}://:${PASSWORD}@127.0.0.1:${port}${scheme.endsWith('sentinel') ? '/main' : ''}`,
      })
      expect(error).toMatchObject({ name: 'ConnectError' })
      expect(error.message).toContain(`127.0.0.1:${port}`)
      expect(everythingIn(error)).not.toContain(PASSWORD)
    })

    it.each(['redis', 'redis+cluster', 'redis+sentinel', 'rediss'])(
      'fails within the timeout if the server does not answer (%s)',
      async (scheme) => {
        const { port, close } = await tcpServer(() => {})
        const began = performance.now()
        const error = await failureOf({
          url: `${scheme}://127.0.0.1:${port}${scheme.endsWith('sentinel') ? '/main' : ''}`,
          timeout: 1_000,
        })
        const [, said] = /no answer within (\d+) ms/.exec(error.message) ?? []
        expect(error).toMatchObject({ name: 'ConnectError' })
        expect(Number(said)).toBeLessThanOrEqual(performance.now() - began)
        await close()
      },
    )

    it.each([
      ['a closed connection', '', 'it closed the connection'],
      ['another kind of server', 'HTTP/1.1 400 Bad Request\r\n\r\n', /closed the connection|not those of Redis/],
    ])('does not report %s as a timeout', async (_, answer, reason) => {
      for (const scheme of ['redis', 'redis+cluster', 'redis+sentinel']) {
        const { port, close } = await closingServer(answer)
        const path = scheme.endsWith('sentinel') ? '/main' : ''
        const { message } = await failureOf({ url: `${scheme}://127.0.0.1:${port}${path}` })
        expect(message).toMatch(reason)
        expect(message).toContain(`127.0.0.1:${port}`)
        await close()
      }
    })

    it('fails with the name of a command that the user may not run', async () => {
      const user = (name: string, ...rules: string[]) =>
        execFileSync('redis-cli', [
          '-p',
          String(server().port),
          'ACL',
          'SETUSER',
          name,
          'reset',
          'on',
          '>x',
          '~*',
          ...rules,
        ])
      user('no-cluster', '+@all', '-cluster')
      user('no-eval', '+@all', '-eval')
      const cluster = await failureOf({ url: `redis+cluster://no-cluster:x@127.0.0.1:${server().port}` })
      expect(cluster.message).toContain('Redis refused CLUSTER SLOTS with NOPERM')
      const script = await failureOf({ url: `redis://no-eval:x@127.0.0.1:${server().port}` })
      expect(script.message).toContain('Redis refused EVAL with NOPERM')
    })

    it('fails clearly if the server is not a Sentinel', async () => {
      const { message } = await failureOf({ url: `redis+sentinel://127.0.0.1:${server().port}/main` })
      expect(message).toContain('is not a Sentinel')
    })

    it('succeeds after a failure', async () => {
      await failureOf({ url: `redis://ann:${PASSWORD}@127.0.0.1:${server().port}` })
      await closeBank(await openBank({ url: `redis://127.0.0.1:${server().port}/3` }))
    })
  })

  it('a package name as `library` is rejected, with advice for ioredis', async () => {
    await expect(failureOf({ url: server().url, library: 'ioredis' } as never)).resolves.toMatchObject({
      code: 'SESSIONBANK_INVALID_OPTION',
      message: expect.stringMatching(/`library`.*`client`/),
    })
  })

  it.each([
    ['http://127.0.0.1', /redis:\/\//],
    ['redis://a:1,b:2', /redis\+cluster/],
    ['redis://a:99999', /1 to 65535/],
    ['redis+cluster://a:1,', /host.*empty/],
    ['redis+sentinel://,a:1/main', /host.*empty/],
    ['redis://u:%zz@a', /escaped/],
    ['redis+sentinel://a:1', /master/],
    ['redis+cluster://a:1/2', /one database/],
    ['redis://a/x', /number/],
    ['redis://u:x@hunter2@a', /^(?!.*hunter2).*percent-encode/],
    ['redis://u:x@hunter2/y@a', /^(?!.*hunter2).*percent-encode/],
    ['redis+sentinel://u:hunter2/y@a/main', /^(?!.*hunter2).*percent-encode/],
  ])('the URL %s is rejected', async (url, message) => {
    await expect(openBank({ url })).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_OPTION',
      message: expect.stringMatching(message),
    })
  })

  it('a URL with its scheme in capitals is accepted', async () => {
    const bank = await openBank({ url: server().url.replace('redis:', 'REDIS:') })
    expect(await bank.records('capitals').read('nobody')).toBeNull()
    await closeBank(bank)
  })

  it.each([
    [{ timeout: 0 }],
    [{ wait: { replicas: 0 } }],
    [{ wait: { replicas: 1, timeout: 9_000 } }],
    [{ client: 'redis' as never }],
  ])('the options %j are rejected', async (params) => {
    await expect(openBank({ url: server().url, ...params })).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_OPTION',
    })
  })
})

describeWith(redisCluster, (server) => {
  it('a redis:// URL of a cluster’s node is rejected with advice', async () => {
    const error = await failureOf({ url: `redis://127.0.0.1:${server().port}` })
    expect(error.message).toMatch(/redis\+cluster/)
  })
})

/** Returns everything that a log may show of an error. */
function everythingIn(error: Error): string {
  return `${error.stack} ${JSON.stringify(error)} ${require('node:util').inspect(error, { depth: 9 })}`
}
