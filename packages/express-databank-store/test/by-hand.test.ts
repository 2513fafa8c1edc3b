import type { Request } from 'express'
import { openStore, sessionOf } from './setup.ts'

/** A script that uses the store without the framework. */
describe('a session by hand', () => {
  it('that was read is saved on top of what others wrote meanwhile', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const [ours, theirs] = [await store.get('a'), await store.get('a')]

    await store.set('a', Object.assign(ours as object, { color: 'red' }))
    await store.set('a', Object.assign(theirs as object, { size: 'L' }))

    expect(await store.get('a')).toMatchObject({ user: 'ann', color: 'red', size: 'L' })
  })

  it('that was read and has ended meanwhile does not come back', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const session = await store.get('a')

    await store.destroy('a')
    await store.set('a', Object.assign(session as object, { late: true }))

    expect(await store.get('a')).toBeNull()
  })

  it('that has ended does not come back by another save of its object', async () => {
    const { store } = await openStore()
    const session = sessionOf({ user: 'ann' })
    await store.set('a', session)

    await store.destroy('a')
    await store.set('a', session)

    expect(await store.get('a')).toBeNull()
  })

  it('that express-session makes its Session of is linked to what was read', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const found = await store.get('a')
    const request = { sessionID: 'a', sessionStore: store } as unknown as Request
    const session = store.createSession(request, found as never)

    await store.destroy('a')
    await store.set('a', Object.assign(session, { late: true }))

    expect(await store.get('a')).toBeNull()
  })

  it.each([undefined, null, 7, 'text'])('is no %p: set and touch say so, by callback too', async (session) => {
    const { store } = await openStore()
    for (const method of ['set', 'touch'] as const) {
      const error = await new Promise((resolve) => store[method]('a', session as never, resolve))
      expect(error).toMatchObject({ code: 'SESSIONBANK_INVALID_SESSION' })
    }
  })

  it('moves its end by a touch, and nothing else', async () => {
    const { store, read } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const expires = new Date(Date.now() + 2 * 3_600_000)

    await store.touch('a', { user: 'eve', ...sessionOf({}, expires) })

    expect(await read('session', 'a')).toMatchObject({ user: 'ann', cookie: { expires: expires.toISOString() } })
  })
})
