import { setTimeout as delay } from 'node:timers/promises'
import { Link } from '../src/adapter.ts'
import { SessionStore } from '../src/index.ts'
import { openPlainMemory } from './plain-memory.ts'
import { Clock, cookie, HOUR, MINUTE, openStore, request } from './setup.ts'

describe('update()', () => {
  afterEach(() => jest.restoreAllMocks())

  it('gives the session as it was written', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, gone: 1, cookie: {} })
    const updated = await store.update('a', ({ gone: _, ...session }) => ({ ...session, n: session.n + 1 }))
    expect(updated).toEqual({ n: 2, cookie: {} })
    expect(await store.load('a')).toEqual(updated)
  })

  it('takes a session that was changed in place, whatever else the function gives', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    expect(await store.update('a', (session) => ++session.n as never)).toEqual({ n: 2, cookie: {} })
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it('leaves the cookie as it is where the function gives a session without one', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { n: 1, cookie: cookie(30 * 24 * HOUR, clock.now()) })
    const before = await store.load('a')
    await store.update('a', () => ({ n: 2 }) as never)
    expect(await store.load('a')).toEqual({ n: 2, cookie: before?.cookie })
  })

  it('adds N for N at once, however long they have to wait for each other', async () => {
    // All together take longer than the timeout; each alone is far from it, even on a busy machine.
    const { store, bank } = await openStore({ timeout: 1_500 })
    const { read } = bank
    bank.read = ((...args: Parameters<typeof read>) => setTimeout(() => read.apply(bank, args), 6)) as never
    await store.save('a', { n: 0, cookie: {} })
    await Promise.all(Array.from({ length: 300 }, () => store.update('a', (session) => void session.n++)))
    expect(await store.load('a')).toMatchObject({ n: 300 })
  })

  it('waits for a change that takes its time', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    await store.update('a', async (session) => {
      await new Promise((resolve) => setImmediate(resolve))
      session.n = 2
    })
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it('writes nothing where the change fails, and passes its error on', async () => {
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

  it('blames no bank for a change that never ends, and holds up nobody behind it, a logout least of all', async () => {
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

    it.each(calls)('fails at its timeout if that waits for %s(), writes nothing, and says why', async (name, call) => {
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
    })

    it.each(calls)('does what %s() asks for after it, if it does not wait for that', async (_, call, after) => {
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

    it('may load it', async () => {
      const { store } = await openStore()
      await store.save('a', { n: 1, cookie: {} })
      await store.update('a', async (session) => {
        session.n += (await store.load('a'))?.n
      })
      expect(await store.load('a')).toMatchObject({ n: 2 })
    })
  })

  it('gives up with CONFLICT where others are always faster', async () => {
    // It steps back for as long as it may, so that its time ends while it does.
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

  it('fails with CONFLICT where others were faster, however long its function takes within the timeout', async () => {
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

  it('changes the life of the session where it changes the cookie, and leaves it alone where not', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { n: 0, cookie: cookie(HOUR, clock.now()) })
    const end = clock.now() + HOUR
    clock.advance(MINUTE)
    await store.update('a', (session) => void session.n++)
    expect((await store.load('a'))?.cookie.expires).toEqual(new Date(end))
    await store.update('a', (session) => void Object.assign(session, { cookie: cookie(MINUTE, clock.now()) }))
    expect(await store.load('a')).toMatchObject({ n: 1, cookie: cookie(MINUTE, clock.now()) })
  })

  it('is seen by a save that comes later, which keeps its own keys', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 0, cookie: {} })
    const slow = await request(store, 'a')
    await store.update('a', (session) => void session.n++)
    slow.session.x = 1
    await slow.save()
    expect(await store.load('a')).toEqual({ n: 1, x: 1, cookie: {} })
  })

  it('tells of no merge and of nothing dropped', async () => {
    const { store } = await openStore()
    const events: unknown[] = []
    for (const name of ['merged', 'dropped'] as const) store.on(name, (event: object) => events.push(event))
    await store.save('a', { n: 0, cookie: {} })
    await Promise.all([1, 2, 3].map(() => store.update('a', (session) => void session.n++)))
    await store.update('nobody', () => {})
    expect(events).toEqual([])
  })

  it('leaves a touch that comes at the same time as it is', async () => {
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
