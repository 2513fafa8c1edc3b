import type { Bank } from '../src/index.ts'
import { type Clock, cookie, HOUR, openStore } from './setup.ts'

/** Delays the answer to the bank's next call of this name until after `meanwhile`. */
function delayNext(bank: Bank, method: 'read' | 'scan', meanwhile: () => Promise<void>): void {
  const original = bank[method] as (...args: unknown[]) => void
  const delayed = (...args: unknown[]) => {
    Object.assign(bank, { [method]: original })
    const answered = new Promise<void>((resolve) => {
      original.call(bank, ...args.map((arg) => (typeof arg === 'function' ? late(arg as Answer, resolve) : arg)))
    })
    const done = answered.then(meanwhile)
    function late(answer: Answer, resolve: () => void): Answer {
      return (...results) => {
        if (answer === args.at(-1)) resolve()
        done.then(() => answer(...results))
      }
    }
  }
  Object.assign(bank, { [method]: delayed })
}

type Answer = (...results: unknown[]) => void

describe('a session that expires while the bank answers', () => {
  const renewed = (store: Awaited<ReturnType<typeof openStore>>['store'], clock: Clock) => async () => {
    await store.save('a', { user: 'ann', cookie: cookie(3 * HOUR, clock.now()) })
    clock.advance(2 * HOUR)
  }

  it('is found if another request has extended it meanwhile', async () => {
    const { store, bank, clock } = await openStore()
    await store.save('a', { user: 'ann', cookie: cookie(HOUR, clock.now()) })
    delayNext(bank, 'read', renewed(store, clock))
    expect(await store.load('a')).toMatchObject({ user: 'ann' })
  })

  it.each([
    ['listed', (store) => store.all()],
    ['found', async (store) => (await store.find({ user: 'ann' })).map(({ session }) => session)],
  ] as [string, (store: Awaited<ReturnType<typeof openStore>>['store']) => Promise<object[]>][])(
    'is %s too if another request has extended it meanwhile',
    async (_, sessions) => {
      const { store, bank, clock } = await openStore()
      await store.save('a', { user: 'ann', cookie: cookie(HOUR, clock.now()) })
      delayNext(bank, 'scan', renewed(store, clock))
      expect(await sessions(store)).toMatchObject([{ user: 'ann' }])
    },
  )

  it('is not found if it no longer matches the criteria', async () => {
    const { store, bank, clock } = await openStore()
    await store.save('a', { user: 'ann', cookie: cookie(HOUR, clock.now()) })
    delayNext(bank, 'scan', async () => {
      await store.save('a', { user: 'bob', cookie: cookie(3 * HOUR, clock.now()) })
      clock.advance(2 * HOUR)
    })
    expect(await store.find({ user: 'ann' })).toEqual([])
  })

  it('is not found if no request has extended it', async () => {
    const { store, bank, clock } = await openStore()
    await store.save('a', { user: 'ann', cookie: cookie(HOUR, clock.now()) })
    const pass = async () => clock.advance(HOUR)
    delayNext(bank, 'read', pass)
    expect(await store.load('a')).toBeNull()
    delayNext(bank, 'scan', pass)
    expect(await store.all()).toEqual([])
  })
})
