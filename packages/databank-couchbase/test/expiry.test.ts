import { couchbase, describeWith } from '@sessionbank/test-servers'
import { connected, disconnected } from './connected.ts'

const DAY = 86_400_000

describeWith(couchbase, (server) => {
  let bank: Awaited<ReturnType<typeof connected>>
  const records = () => bank.records('session')

  beforeAll(async () => {
    bank = await connected({ url: server().url })
  })

  afterAll(() => disconnected(bank))

  it.each([
    ['40 days', 40 * DAY],
    ['20 years', 20 * 365 * DAY],
    ['100 years', 100 * 365 * DAY],
    ['the year 9999', Date.UTC(9999, 11, 31) - Date.now()],
  ])('a record can live for %s', async (_name, span) => {
    const expires = Date.now() + span
    const ifRevision = (await records().write('a', '{"n":1}', { expires })) as string
    expect(await records().read('a')).toMatchObject({ json: '{"n":1}', expires })
    await records().write('a', '{"n":2}', { expires: null, ifRevision })
    expect(await records().touch('a', expires)).toBe(true)
    expect(await records().read('a')).toMatchObject({ json: '{"n":2}', expires })
  })
})
