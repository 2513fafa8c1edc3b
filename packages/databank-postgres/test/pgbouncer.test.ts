import { conformance } from '@sessionbank/databank-kit/conformance'
import { describeWith, pgbouncer } from '@sessionbank/test-servers'
import { connected, disconnected } from './connected.ts'

describeWith(pgbouncer, (server) => {
  conformance({
    name: 'postgres behind PgBouncer in transaction mode',
    connect: (schema) => connected({ url: server().url, schema, prepare: false }),
  })

  it.each([
    ['a wrong password', (url: URL) => (url.password = 'wrong-hunter2'), /check user and password/],
    ['an unknown user', (url: URL) => (url.username = 'nobody'), /check user and password/],
    ['no password', (url: URL) => (url.password = ''), /asks for a password.*check user and password/],
    ['a missing database', (url: URL) => (url.pathname = '/nowhere'), /no such database/],
  ])('%s is reported behind PgBouncer as without it', async (_, change, message) => {
    const url = new URL(server().url)
    change(url)
    await expect(connected({ url: url.href, prepare: false })).rejects.toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringMatching(message),
    })
  })

  it('many banks share few server connections', async () => {
    const banks = await Promise.all(
      Array.from({ length: 6 }, () => connected({ url: server().url, prepare: false, max: 5, timeout: 20_000 })),
    )
    const work = banks.flatMap((bank, b) => {
      const records = bank.records('session')
      return Array.from({ length: 60 }, (_, n) => records.write(`${b}-${n}`, '{}', { expires: null }))
    })
    expect((await Promise.all(work)).every((revision) => revision !== null)).toBe(true)
    expect(await banks[0]?.records('session').count()).toBe(360)
    await Promise.all(banks.map(disconnected))
  })
})
