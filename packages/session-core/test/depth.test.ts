import { DEEPEST_SESSION, isTooDeep } from '../src/depth.ts'
import { SessionStore } from '../src/index.ts'
import { openRecordsBank } from './records-bank.ts'
import { openStore } from './setup.ts'

const nested = (depth: number) => `${'[{"[":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`

describe('the depth of JSON text', () => {
  it.each([
    [nested(DEEPEST_SESSION), false],
    [nested(DEEPEST_SESSION + 2), true],
    [JSON.stringify('["\\'.repeat(DEEPEST_SESSION * 2)), false],
    [`[${'[],'.repeat(DEEPEST_SESSION * 2)}1]`, false],
  ])('does not count brackets in strings (%#)', (json, isDeep) => {
    expect(isTooDeep(json)).toBe(isDeep)
  })
})

describe('a session with more levels than a framework can handle', () => {
  it('is refused by a save, and the stored session is kept', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    const save = store.save('a', { n: JSON.parse(nested(DEEPEST_SESSION)), cookie: {} })
    await expect(save).rejects.toMatchObject({
      code: 'SESSIONBANK_INVALID_SESSION',
      message: expect.stringMatching(/2000 levels/),
    })
    expect(await store.load('a')).toMatchObject({ n: 1 })
  })

  it.each([DEEPEST_SESSION, 100_000])(
    'is not found if another program stored %p levels, and causes an error event',
    async (depth) => {
      const bank = await openRecordsBank()
      await bank.records('session').write('a', `{"n":${nested(depth)},"sid":"a"}`, { expires: null })
      const store = new SessionStore(bank, { cleanupInterval: false })
      const errors: Error[] = []
      store.on('error', (error) => errors.push(error))
      expect(await store.load('a')).toBeNull()
      expect(errors).toEqual([expect.objectContaining({ code: 'SESSIONBANK_UNREADABLE' })])
      expect(await store.all()).toEqual([])
      expect(errors).toHaveLength(2)
      await store.save('a', { n: 1, cookie: {} })
      expect(await store.load('a')).toMatchObject({ n: 1 })
    },
  )

  it('is not found on a plain databank that returns a value which cannot be converted to JSON', async () => {
    const { store, bank } = await openStore()
    const errors: Error[] = []
    store.on('error', (error) => errors.push(error))
    const stored = { n: JSON.parse(nested(100_000)), sid: 'a' }
    bank.read = ((_type: string, _id: string, done: (error: null, value: unknown) => void) =>
      done(null, stored)) as never
    expect(await store.load('a')).toBeNull()
    expect(errors).toEqual([expect.objectContaining({ code: 'SESSIONBANK_UNREADABLE' })])
  })
})
