import { describeWith, mongodb } from '@sessionbank/test-servers'
import { connected, disconnected } from './connected.ts'

describeWith(mongodb, (server) => {
  let bank: Awaited<ReturnType<typeof connected>>
  const records = () => bank.records('session')

  beforeAll(async () => {
    bank = await connected({ url: server().url })
  })

  afterAll(() => disconnected(bank))

  it.each([
    ['NaN', Number.NaN],
    ['nothing', undefined],
    ['a Date', new Date()],
    ['text', '2030-01-01'],
  ])('refuses %s for an expiry, and changes nothing', async (_name, expires) => {
    const refused = { code: 'SESSIONBANK_INVALID_VALUE' }
    await records().write('a', '{"n":1}', { expires: null })
    await expect(records().write('a', '{}', { expires: expires as never })).rejects.toMatchObject(refused)
    await expect(records().touch('a', expires as never)).rejects.toMatchObject(refused)
    expect(await records().read('a')).toMatchObject({ json: '{"n":1}', expires: null })
  })

  it('takes infinity for never, and what no Date reaches for the last one', async () => {
    await records().write('a', '{}', { expires: Number.POSITIVE_INFINITY })
    expect((await records().read('a'))?.expires).toBeNull()
    expect(await records().touch('a', Number.MAX_VALUE)).toBe(true)
    expect((await records().read('a'))?.expires).toBe(8.64e15)
    expect(await records().touch('a', Number.NEGATIVE_INFINITY)).toBe(true)
    expect(await records().read('a')).toBeNull()
    await records().write('a', '{}', { expires: Number.NEGATIVE_INFINITY })
    expect(await records().read('a')).toBeNull()
  })
})
