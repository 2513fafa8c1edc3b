import type { Request } from 'express'
import { openStore, sessionOf } from './setup.ts'

/** Uses the store as a script does, without the framework. */
describe('a session that a script loads or saves', () => {
  it('is merged with the changes that others made since it was loaded', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const [ours, theirs] = [await store.get('a'), await store.get('a')]

    await store.set('a', Object.assign(ours as object, { color: 'red' }))
    await store.set('a', Object.assign(theirs as object, { size: 'L' }))

    expect(await store.get('a')).toMatchObject({ user: 'ann', color: 'red', size: 'L' })
  })

  it('does not come back if it ended since it was loaded', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const session = await store.get('a')

    await store.destroy('a')
    await store.set('a', Object.assign(session as object, { late: true }))

    expect(await store.get('a')).toBeNull()
  })

  it('does not come back by another save of the same object', async () => {
    const { store } = await openStore()
    const session = sessionOf({ user: 'ann' })
    await store.set('a', session)

    await store.destroy('a')
    await store.set('a', session)

    expect(await store.get('a')).toBeNull()
  })

  it('stays linked to its record when express-session creates a Session from it', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const found = await store.get('a')
    const request = { sessionID: 'a', sessionStore: store } as unknown as Request
    const session = store.createSession(request, found as never)

    await store.destroy('a')
    await store.set('a', Object.assign(session, { late: true }))

    expect(await store.get('a')).toBeNull()
  })

  it.each([undefined, null, 7, 'text'])(
    'is refused by set and touch if it is %p, also with a callback',
    async (session) => {
      const { store } = await openStore()
      for (const method of ['set', 'touch'] as const) {
        const error = await new Promise((resolve) => store[method]('a', session as never, resolve))
        expect(error).toMatchObject({ code: 'SESSIONBANK_INVALID_SESSION' })
      }
    },
  )

  it('gets another expiry by a touch, and keeps its data', async () => {
    const { store, read } = await openStore()
    await store.set('a', sessionOf({ user: 'ann' }))
    const expires = new Date(Date.now() + 2 * 3_600_000)

    await store.touch('a', { user: 'eve', ...sessionOf({}, expires) })

    expect(await read('session', 'a')).toMatchObject({ user: 'ann', cookie: { expires: expires.toISOString() } })
  })
})
