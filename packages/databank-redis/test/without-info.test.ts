import { execFileSync } from 'node:child_process'
import { describeWith, redis, redisWithoutInfo } from '@sessionbank/test-servers'
import { Redis } from 'ioredis'
import { closeBank, LIBRARIES, openBank } from './bank.ts'

describeWith(redis, (server) => {
  beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => {}))
  afterEach(() => jest.restoreAllMocks())

  it.each(LIBRARIES)('a bank works, and prints nothing, for a user who may not call INFO (%s)', async (library) => {
    const rules = ['reset', 'on', '>x', '~*', '+@all', '-info']
    execFileSync('redis-cli', ['-p', String(server().port), 'ACL', 'SETUSER', 'no-info', ...rules])
    const bank = await openBank({ url: `redis://no-info:x@127.0.0.1:${server().port}`, library })
    expect(await bank.records('session').write('a', '{}', { expires: null })).not.toBeNull()
    await closeBank(bank)
    expect(console.warn).not.toHaveBeenCalled()
  })
})

describeWith(redisWithoutInfo, (server) => {
  it.each(LIBRARIES)('a bank opens and works (%s)', async (library) => {
    const bank = await openBank({ url: server().url, library })
    expect(await bank.records('session').write('a', '{}', { expires: null })).not.toBeNull()
    await closeBank(bank)
  })

  it('a bank opens with an ioredis client that calls INFO', async () => {
    const client = new Redis(server().url).on('error', () => {})
    await closeBank(await openBank({ client }))
    client.disconnect()
  })

  it('opening reports why an ioredis client that is used directly does not become ready', async () => {
    const client = new Redis(server().url, { autoResendUnfulfilledCommands: false, retryStrategy: () => null }).on(
      'error',
      () => {},
    )
    await expect(openBank({ client, timeout: 1_000 })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('Redis refused INFO with ERR'),
    })
    client.disconnect()
  })
})
