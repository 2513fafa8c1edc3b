import { setTimeout as delay } from 'node:timers/promises'
import { Link } from '../src/adapter.ts'
import { SessionStore } from '../src/index.ts'
import { openPlainMemory } from './plain-memory.ts'
import { Clock, cookie, HOUR, MINUTE, openStore, request } from './setup.ts'

describe('update()', () => {
  afterEach(() => jest.restoreAllMocks())

  it('returns the session as it was written', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, gone: 1, cookie: {} })
    const updated = await store.update('a', ({ gone: _, ...session }) => ({ ...session, n: session.n + 1 }))
    expect(updated).toEqual({ n: 2, cookie: {} })
    expect(await store.load('a')).toEqual(updated)
  })

  it('uses a session that was changed in place if the function returns a primitive value', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    expect(await store.update('a', (session) => ++session.n as never)).toEqual({ n: 2, cookie: {} })
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it('keeps the cookie if the function returns a session without one', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { n: 1, cookie: cookie(30 * 24 * HOUR, clock.now()) })
    const before = await store.load('a')
    await store.update('a', () => ({ n: 2 }) as never)
    expect(await store.load('a')).toEqual({ n: 2, cookie: before?.cookie })
  })

  it('counts N concurrent increments, even if they wait longer than the timeout', async () => {
    // Together the updates take longer than the timeout. A single update takes far less, even on a busy machine.
    const { store, bank } = await openStore({ timeout: 1_500 })
    const { read } = bank
    bank.read = ((...args: Parameters<typeof read>) => setTimeout(() => read.apply(bank, args), 6)) as never
    await store.save('a', { n: 0, cookie: {} })
    await Promise.all(Array.from({ length: 300 }, () => store.update('a', (session) => void session.n++)))
    expect(await store.load('a')).toMatchObject({ n: 300 })
  })

  it('waits for an async function', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    await store.update('a', async (session) => {
      await new Promise((resolve) => setImmediate(resolve))
      session.n = 2
    })
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it('writes nothing if the function fails, and passes its error on', async () => {
    const { store, bank } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    const save = jest.spyOn(bank, 'save')
    const failing = store.update('a', (session) => {
      session.n = 2
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(save).not.toHaveBeenCalled()
    await store.update('a', (session) => void session.n++)
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it('fails with SLOW_CHANGE if the function never ends, and then lets later operations run, such as a logout', async () => {
    const { store } = await openStore({ timeout: 250 })
    await store.save('a', { n: 1, cookie: {} })
    const [endless, logout] = [store.update('a', () => new Promise(() => {})), store.destroy('a')]
    await expect(endless).rejects.toMatchObject({ code: 'SESSIONBANK_SLOW_CHANGE' })
    await logout
    expect(await store.load('a')).toBeNull()
  })

  describe('whose function calls the store for the same session', () => {
    const calls: [name: string, call: (store: SessionStore) => Promise<unknown>, after: object | null][] = [
      ['save', (store) => store.save('a', { n: 2, cookie: {} }), { n: 2, cookie: {} }],
      ['touch', (store) => store.touch('a', { cookie: {} }), { n: 1, m: 1, cookie: {} }],
      ['destroy', (store) => store.destroy('a'), null],
      ['update', (store) => store.update('a', (session) => void session.n++), { n: 2, m: 1, cookie: {} }],
    ]

    it.each(calls)(
      'fails at its timeout if the function awaits %s(), writes nothing, and says why',
      async (name, call) => {
        const { store } = await openStore({ timeout: 250 })
        await store.save('a', { n: 1, cookie: {} })
        let inner: Promise<unknown> | undefined
        const deadlock = store.update('a', async (session) => {
          session.n = 'lost'
          inner = call(store)
          await inner
        })
        await expect(deadlock).rejects.toMatchObject({
          code: 'SESSIONBANK_SLOW_CHANGE',
          message: expect.stringContaining(name),
        })
        await inner
        expect((await store.load('a'))?.n).not.toBe('lost')
      },
    )

    it.each(calls)('runs %s() afterwards if the function does not await it', async (_, call, after) => {
      const { store } = await openStore()
      await store.save('a', { n: 1, cookie: {} })
      let inner: Promise<unknown> | undefined
      const updated = await store.update('a', (session) => {
        session.m = 1
        inner = call(store)
      })
      expect(updated).toMatchObject({ n: 1, m: 1 })
      await inner
      expect(await store.load('a')).toEqual(after)
    })

    it('may load the session', async () => {
      const { store } = await openStore()
      await store.save('a', { n: 1, cookie: {} })
      await store.update('a', async (session) => {
        session.n += (await store.load('a'))?.n
      })
      expect(await store.load('a')).toMatchObject({ n: 2 })
    })
  })

  it('fails with CONFLICT if other writers always come first', async () => {
    // The longest pauses, so that the deadline passes during one of them.
    jest.spyOn(Math, 'random').mockReturnValue(0.999)
    const { store, bank, clock } = await openStore({ timeout: 1_000 })
    await store.save('a', { n: 0, cookie: {} })
    const other = new SessionStore(
      bank,
      { cleanupInterval: false, touchAfter: 0 },
      { component: 'other', now: clock.now },
    )
    const losing = store.update('a', async (session) => {
      await other.update('a', (theirs) => void theirs.n++)
      session.n = -1
    })
    await expect(losing).rejects.toMatchObject({ code: 'SESSIONBANK_CONFLICT' })
    expect((await store.load('a'))?.n).toBeGreaterThan(0)
  })

  it('fails with CONFLICT if other writers came first, even if its function is slow within the timeout', async () => {
    const { store, bank, clock } = await openStore({ timeout: 600 })
    await store.save('a', { n: 0, cookie: {} })
    const other = new SessionStore(
      bank,
      { cleanupInterval: false, touchAfter: 0 },
      { component: 'other', now: clock.now },
    )
    const losing = store.update('a', async () => {
      await other.update('a', (theirs) => void theirs.n++)
      await delay(350)
    })
    await expect(losing).rejects.toMatchObject({ code: 'SESSIONBANK_CONFLICT' })
    expect((await store.load('a'))?.n).toBeGreaterThan(0)
  })

  it('changes the life of the session only if the function changes the cookie', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { n: 0, cookie: cookie(HOUR, clock.now()) })
    const end = clock.now() + HOUR
    clock.advance(MINUTE)
    await store.update('a', (session) => void session.n++)
    expect((await store.load('a'))?.cookie.expires).toEqual(new Date(end))
    await store.update('a', (session) => void Object.assign(session, { cookie: cookie(MINUTE, clock.now()) }))
    expect(await store.load('a')).toMatchObject({ n: 1, cookie: cookie(MINUTE, clock.now()) })
  })

  it('is not undone by a later save, which adds its own keys', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 0, cookie: {} })
    const slow = await request(store, 'a')
    await store.update('a', (session) => void session.n++)
    slow.session.x = 1
    await slow.save()
    expect(await store.load('a')).toEqual({ n: 1, x: 1, cookie: {} })
  })

  it('emits no merged and no dropped event', async () => {
    const { store } = await openStore()
    const events: unknown[] = []
    for (const name of ['merged', 'dropped'] as const) store.on(name, (event: object) => events.push(event))
    await store.save('a', { n: 0, cookie: {} })
    await Promise.all([1, 2, 3].map(() => store.update('a', (session) => void session.n++)))
    await store.update('nobody', () => {})
    expect(events).toEqual([])
  })

  it('keeps the expiry that a concurrent touch set', async () => {
    const bank = await openPlainMemory()
    const clock = new Clock()
    const [one, other] = [1, 2].map(
      () => new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 }, { component: 'test', now: clock.now }),
    ) as [SessionStore, SessionStore]
    await one.save('a', { n: 0, cookie: cookie(HOUR, clock.now()) })
    clock.advance(30 * MINUTE)
    await one.update('a', async (session) => {
      session.n++
      const link = new Link()
      const seen = await other.load('a', link)
      await other.touch('a', { ...seen, cookie: cookie(HOUR, clock.now()) }, link)
    })
    expect((await one.load('a'))?.cookie.expires).toEqual(new Date(clock.now() + HOUR))
  })
})
