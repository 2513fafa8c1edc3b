import { sessionHandle } from '../src/index.ts'
import { openClient, openStore } from './setup.ts'

/** Returns a client that has logged in, and the id of its session. */
async function loggedIn() {
  const { store } = await openStore()
  const request = openClient(store)
  const sid = await request((session) => {
    session.user = 'ann'
    return session.sessionId
  })
  return { store, request, sid }
}

describe('a regenerated session', () => {
  it('has a new id, and the old session is gone', async () => {
    const { store, request, sid } = await loggedIn()

    const next = await request(async (session, current) => {
      await session.regenerate(['user'])
      return current.session.sessionId
    })

    expect(next).not.toBe(sid)
    expect(await store.get(sid)).toBeNull()
    expect(await store.get(next)).toMatchObject({ user: 'ann' })
    expect(await request((session) => session.user)).toBe('ann')
  })

  it('does not end when the old session ends', async () => {
    const { store, request, sid } = await loggedIn()

    const next = await request(async (session, current) => {
      await store.destroy(sid)
      await session.regenerate()
      current.session.user = 'bob'
      return current.session.sessionId
    })

    expect(await store.get(next)).toMatchObject({ user: 'bob' })
  })

  it('keeps changes that others make before the request has ended', async () => {
    const { store, request } = await loggedIn()

    const next = await request(async (session, current) => {
      await session.regenerate()
      const { sessionId } = current.session
      await store.update(sessionId, (found) => {
        found.theirs = 1
      })
      current.session.mine = 1
      return sessionId
    })

    expect(await store.get(next)).toMatchObject({ mine: 1, theirs: 1 })
  })

  it('does not come back if it ended before the request did', async () => {
    const { store, request } = await loggedIn()

    const next = await request(async (session, current) => {
      await session.regenerate()
      const { sessionId } = current.session
      await store.destroy(sessionId)
      current.session.late = true
      return sessionId
    })

    expect(await store.get(next)).toBeNull()
  })

  it('can be regenerated again in the same request', async () => {
    const { store, request, sid } = await loggedIn()

    const [second, third] = await request(async (session, current) => {
      await session.regenerate()
      const between = current.session.sessionId
      await current.session.regenerate()
      current.session.user = 'bob'
      return [between, current.session.sessionId] as const
    })

    expect(await Promise.all([sid, second].map((id) => store.get(id)))).toEqual([null, null])
    expect(await store.get(third)).toMatchObject({ user: 'bob' })
  })

  it('is not overwritten by the old object of the same request', async () => {
    const { store, request, sid } = await loggedIn()

    await request(async (session) => {
      await session.regenerate()
      session.late = true
      await session.save()
    })

    expect(await store.get(sid)).toBeNull()
  })

  it('is not brought back under its old id by a slow request', async () => {
    const { store, request, sid } = await loggedIn()
    const dropped = jest.fn()
    store.on('dropped', dropped)

    await request(async (session) => {
      await store.destroy(sid)
      session.late = true
    })

    expect(await store.get(sid)).toBeNull()
    expect(dropped).toHaveBeenCalledWith({ handle: sessionHandle(sid) })
  })
})
