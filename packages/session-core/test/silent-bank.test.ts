import { temporaryFolder } from '@sessionbank/test-servers'
import { BankTimeoutError, type OpenBank, openDatabank, SessionStore } from '../src/index.ts'
import { cookie, HOUR, MINUTE, openStore } from './setup.ts'

const SILENCE = (() => {}) as never

/** Runs `work` while a method of the bank never answers. */
async function whileSilent<T>(bank: object, method: string, work: () => Promise<T>): Promise<T> {
  const original = (bank as Record<string, unknown>)[method]
  Object.assign(bank, { [method]: SILENCE })
  try {
    return await work()
  } finally {
    Object.assign(bank, { [method]: original })
  }
}

describe('a bank that answers again after it was silent', () => {
  it('accepts saves and logouts of a session again ten timeouts after a lost save', async () => {
    const { store, bank } = await openStore({ timeout: 200 })
    await whileSilent(bank, 'save', () =>
      expect(store.save('a', { n: 1, cookie: {} })).rejects.toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' }),
    )
    // The bank may still do that save, so later saves wait ten timeouts for its answer.
    await expect(store.save('a', { n: 2, cookie: {} })).rejects.toThrow(BankTimeoutError)
    await new Promise((resolve) => setTimeout(resolve, 2_200))
    await store.save('a', { n: 2, cookie: {} })
    expect(await store.load('a')).toMatchObject({ n: 2 })
    await store.destroy('a')
    expect(await store.load('a')).toBeNull()
  })

  it('does not get a write whose operation has failed meanwhile', async () => {
    const { store, bank, clock } = await openStore({ timeout: 250 })
    await store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    const { read } = bank
    const answers: (() => void)[] = []
    const late = ((...args: Parameters<typeof read>) => answers.push(() => read.apply(bank, args))) as never
    const update = store.update('a', (session) => {
      session.n++
      // From now on, the bank's answer is late: it reads the record again before the write.
      bank.read = late
    })
    await expect(update).rejects.toThrow(BankTimeoutError)
    bank.read = read
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const answer of answers) answer()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await store.load('a')).toMatchObject({ n: 1 })
  })

  it('is asked only once by operations that wait for each other', async () => {
    const { store, bank } = await openStore({ timeout: 250 })
    await store.save('a', { n: 1, cookie: {} })
    const asked = jest.fn()
    await whileSilent(bank, 'read', async () => {
      bank.read = asked as never
      const updates = Array.from({ length: 20 }, () => store.update('a', (session) => void session.n++))
      for (const update of updates) await expect(update).rejects.toThrow(BankTimeoutError)
    })
    expect(asked).toHaveBeenCalledTimes(1)
    await store.update('a', (session) => void session.n++)
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it.each(['scan', 'del'])('can be cleaned up again after its %s was silent', async (method) => {
    const { store, bank, clock } = await openStore({ timeout: 250 })
    await store.save('a', { cookie: cookie(MINUTE, clock.now()) })
    clock.advance(MINUTE)
    await whileSilent(bank, method, () => expect(store.cleanup()).rejects.toThrow(BankTimeoutError))
    // Later deletes of the record wait up to ten timeouts for the unanswered one.
    await new Promise((resolve) => setTimeout(resolve, 2_800))
    expect(await store.cleanup()).toMatchObject({ removed: 1 })
  })

  it('can be cleared again', async () => {
    const { store, bank } = await openStore({ timeout: 250 })
    await store.save('a', { cookie: {} })
    await whileSilent(bank, 'scan', () => expect(store.clear()).rejects.toThrow(BankTimeoutError))
    await store.clear()
    expect(await store.length()).toBe(0)
  })
})

describe('a bank whose records do not answer', () => {
  const folder = temporaryFolder('silent')
  let bank: OpenBank
  beforeAll(async () => {
    bank = await openDatabank(`disk:${folder.path}`)
  })
  afterAll(async () => {
    await new Promise((resolve) => bank.disconnect(resolve))
    folder.remove()
  })

  it.each([
    ['deleteExpired', 'session'],
    ['write', 'sessionbank_lease'],
  ])('makes the sweep emit an error event (%s of %s), and the next sweep runs', async (method, silentType) => {
    const { records } = bank
    let silent = true
    bank.records = ((type: string) => {
      const own = records?.call(bank, type) as object
      return new Proxy(own, {
        // These records do not end their calls at a deadline.
        has: () => false,
        get: (target, name) => {
          if (silent && type === silentType && name === method) return () => new Promise(() => {})
          return Reflect.get(target, name)?.bind(target)
        },
      })
    }) as never
    const store = new SessionStore(bank, { cleanupInterval: 20, timeout: 250 })
    bank.records = records as never
    const error = await new Promise((resolve) => store.once('error', resolve))
    expect(error).toMatchObject({ code: expect.stringMatching(/TIMEOUT|UNKNOWN_OUTCOME/) })
    silent = false
    await new Promise((resolve) => store.once('cleanup', resolve))
    await store.close()
  })
})

describe('many operations on one session', () => {
  it('all succeed if the bank answers, even if the last one waits longer than the timeout', async () => {
    const { store, bank } = await openStore({ timeout: 500 })
    const { save } = bank
    bank.save = ((...args: Parameters<typeof save>) => setTimeout(() => save.apply(bank, args), 4)) as never
    await Promise.all(Array.from({ length: 300 }, (_, n) => store.save('a', { [`key${n}`]: n, cookie: {} })))
    await store.destroy('a')
    expect(await store.load('a')).toBeNull()
  })
})
