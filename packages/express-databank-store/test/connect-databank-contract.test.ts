import { answerOf, HOUR, openStore, sessionOf } from './setup.ts'

/** The behaviour of connect-databank's methods, one by one. */
describe('as with connect-databank', () => {
  it('get passes null and null for a session that does not exist', async () => {
    const { store } = await openStore()

    expect(await answerOf((done) => store.get('nobody', done))).toEqual([null, null])
  })

  it('get passes null and null for an expired session, removed or not', async () => {
    const { store, save } = await openStore()
    await save('session', 'old', { ...sessionOf({ user: 'ann' }, new Date(Date.now() - HOUR)), sid: 'old' })

    expect(await answerOf((done) => store.get('old', done))).toEqual([null, null])
  })

  it('set saves a new session, which get then passes', async () => {
    const { store } = await openStore()
    const session = sessionOf({ user: 'ann', deep: { list: [1, null, 'x'] } })

    expect(await answerOf((done) => store.set('a', session, done))).toEqual([null])
    expect(await answerOf((done) => store.get('a', done))).toEqual([null, session])
  })

  it('set saves an existing session', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann', gone: true }))

    expect(await answerOf((done) => store.set('a', sessionOf({ user: 'bob' }), done))).toEqual([null])
    expect(await store.get('a')).toMatchObject({ user: 'bob' })
    expect(await store.get('a')).not.toHaveProperty('gone')
  })

  it('destroy ends a session, and does not fail if there is none', async () => {
    const { store, ids } = await openStore()
    await store.set('a', sessionOf())

    expect(await answerOf((done) => store.destroy('a', done))).toEqual([null])
    expect(await answerOf((done) => store.destroy('a', done))).toEqual([null])
    expect(await ids()).toEqual([])
  })

  it('all and length include live sessions only', async () => {
    const { store, save } = await openStore()
    await save('session', 'old', { ...sessionOf({}, new Date(Date.now() - HOUR)), sid: 'old' })
    await store.set('a', sessionOf({ user: 'ann' }))
    await store.set('b', sessionOf({ user: 'bob' }, null))

    const [error, sessions] = await answerOf((done) => store.all(done))
    const users = (sessions as { sid: string; user: string }[]).map(({ sid, user }) => [sid, user]).sort()

    expect([error, users]).toEqual([
      null,
      [
        ['a', 'ann'],
        ['b', 'bob'],
      ],
    ])
    expect(await answerOf((done) => store.length(done))).toEqual([null, 2])
  })

  it('all and length work without any sessions', async () => {
    const { store } = await openStore()

    expect(await answerOf((done) => store.all(done))).toEqual([null, []])
    expect(await answerOf((done) => store.length(done))).toEqual([null, 0])
  })

  it('clear ends all sessions', async () => {
    const { store, ids } = await openStore()
    for (let n = 0; n < 40; n++) await store.set(`id-${n}`, sessionOf({ n }))

    expect(await answerOf((done) => store.clear(done))).toEqual([null])
    expect(await ids()).toEqual([])
    expect(await answerOf((done) => store.clear(done))).toEqual([null])
  })

  it('cleanup calls back, even if nothing has expired (connect-databank did not)', async () => {
    const { store } = await openStore()
    const report = { examined: 0, removed: 0, ms: expect.any(Number) }

    expect(await answerOf((done) => store.cleanup(done))).toEqual([null, report])
    await store.set('a', sessionOf())
    expect(await answerOf((done) => store.cleanup(done))).toEqual([null, { ...report, examined: 1 }])
  })

  it('cleanup removes expired sessions only', async () => {
    const { store, save, ids } = await openStore()
    await store.set('live', sessionOf())
    await save('session', 'forever', { ...sessionOf({}, null), sid: 'forever' })
    for (let n = 0; n < 40; n++) {
      await save('session', `old-${n}`, { ...sessionOf({}, new Date(Date.now() - n - 1)), sid: `old-${n}` })
    }

    expect(await answerOf((done) => store.cleanup(done))).toMatchObject([null, { removed: 40 }])
    expect(await ids()).toEqual(['forever', 'live'])
  })

  it('cleanup passes an error if the bank fails', async () => {
    const { store, bank } = await openStore()
    const failed = new Error('out of order')
    bank.scan = ((_type: string, _onResult: unknown, done: (error: Error) => void) => done(failed)) as typeof bank.scan

    const [error] = await answerOf((done) => store.cleanup(done))

    expect(error).toMatchObject({ code: 'SESSIONBANK_OPERATION_FAILED', cause: { name: 'Error' } })
  })
})

describe('an expires in the cookie', () => {
  const later = Date.now() + HOUR
  const before = Date.now() - HOUR

  it.each([
    ['a Date', new Date(later), new Date(before)],
    ['a string', new Date(later).toISOString(), new Date(before).toISOString()],
    ['a number', later, before],
  ])('as %s is the expiry of the session', async (_, live, over) => {
    const { store, save } = await openStore()
    await save('session', 'live', { sid: 'live', cookie: { expires: live } })
    await save('session', 'over', { sid: 'over', cookie: { expires: over } })

    expect(await store.get('live')).toMatchObject({ cookie: { expires: new Date(later) } })
    expect(await store.get('over')).toBeNull()
    expect(await store.length()).toBe(1)
  })

  it.each([[null], [0], [false], [undefined]])('of %p means none, and is returned unchanged', async (none) => {
    const { store, save, ids } = await openStore({ ttl: false })
    const cookie = none === undefined ? {} : { expires: none }
    await save('session', 'a', { sid: 'a', user: 'ann', cookie })

    expect(await store.get('a')).toEqual({ user: 'ann', cookie })
    expect(await store.all()).toEqual([{ user: 'ann', cookie, sid: 'a' }])
    await store.cleanup()
    expect(await ids()).toEqual(['a'])
  })
})
