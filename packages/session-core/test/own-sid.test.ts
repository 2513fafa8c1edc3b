import { SessionStore } from '../src/index.ts'
import { BANKS } from './both-banks.ts'
import { request } from './setup.ts'

/** Returns the sessions that `find` or another method returned, without their handles. */
async function found(sessions: unknown): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = []
  const given = (await sessions) as AsyncIterable<Record<string, unknown>>
  for await (const one of given) all.push((one.session ?? one) as Record<string, unknown>)
  return all
}

describe.each(BANKS)('the app’s own key "sid", on %s,', (_, open) => {
  async function openWith(session: object) {
    const { bank, put } = await open()
    const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, ttl: false })
    await store.save('a', session)
    return { store, put }
  }

  it('is stored', async () => {
    const { store } = await openWith({ sid: 'own', user: 'ann', cookie: {} })
    expect(await store.load('a')).toEqual({ sid: 'own', user: 'ann', cookie: {} })
  })

  it('is stored even if it equals the session id, as in connect-databank’s tests', async () => {
    const { store } = await openWith({ sid: 'a', name: 'ann', cookie: {} })
    expect(await store.load('a')).toEqual({ sid: 'a', name: 'ann', cookie: {} })
  })

  it('is kept by a save, a merge and a touch of other keys', async () => {
    const { store } = await openWith({ sid: 'own', cookie: {} })
    const requests = [await request(store, 'a'), await request(store, 'a'), await request(store, 'a')]
    for (const [n, { session, save }] of requests.entries()) {
      if (n > 0) session[`key${n}`] = n
      await save()
    }
    expect(await store.load('a')).toEqual({ sid: 'own', key1: 1, key2: 2, cookie: {} })
  })

  it('can be changed and deleted like any other key', async () => {
    const { store } = await openWith({ sid: 'own', cookie: {} })
    const changing = await request(store, 'a')
    changing.session.sid = 'other'
    await changing.save()
    expect(await store.load('a')).toEqual({ sid: 'other', cookie: {} })
    const deleting = await request(store, 'a')
    delete deleting.session.sid
    await deleting.save()
    expect(await store.load('a')).toEqual({ cookie: {} })
    expect(await store.all()).toEqual([{ sid: 'a', cookie: {} }])
  })

  it('is shown to update(), and kept by it', async () => {
    const { store } = await openWith({ sid: 'own', n: 1, cookie: {} })
    const seen: unknown[] = []
    await store.update('a', (session) => {
      seen.push(session.sid)
      session.n++
    })
    expect(seen).toEqual(['own'])
    expect(await store.load('a')).toEqual({ sid: 'own', n: 2, cookie: {} })
  })

  it('is in the results of find() and all(), and can be searched', async () => {
    const { store } = await openWith({ sid: 'own', user: 'ann', cookie: {} })
    const session = { sid: 'own', user: 'ann', cookie: {} }
    expect(await found(store.find({ user: 'ann' }))).toEqual([session])
    expect(await found(store.find({ sid: 'own' }))).toEqual([session])
    expect(await store.all()).toEqual([session])
  })

  it('is loaded from a record of connect-redis, and kept in it', async () => {
    const { store, put } = await openWith({ cookie: {} })
    await put('b', { cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }, sid: 'own' })
    const { session, save } = await request(store, 'b')
    expect(session).toMatchObject({ sid: 'own' })
    session.user = 'ann'
    await save()
    expect(await store.load('b')).toMatchObject({ sid: 'own', user: 'ann' })
  })
})

describe('the id of a session', () => {
  it('is not shown as the app’s key "sid" if connect-databank wrote it', async () => {
    for (const [, open] of BANKS) {
      const { bank, put } = await open()
      const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0, ttl: false })
      await put('a', { user: 'ann', cookie: {}, sid: 'a' })
      expect(await store.load('a')).toEqual({ user: 'ann', cookie: {} })
    }
  })
})
