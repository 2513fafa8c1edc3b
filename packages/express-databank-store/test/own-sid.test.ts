import type { Request } from 'express'
import { answerOf, openStore, sessionOf } from './setup.ts'

describe('the app’s own key "sid"', () => {
  it('is returned, by promise and by callback', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ sid: 'own' }))
    expect(await store.get('a')).toMatchObject({ sid: 'own' })
    expect(await answerOf((done) => store.get('a', done))).toMatchObject([null, { sid: 'own' }])
  })

  it('is in the Session that express-session creates, and is kept by its save', async () => {
    const { store } = await openStore()
    await store.set('a', sessionOf({ sid: 'own', n: 1 }))
    const request = { sessionID: 'a', sessionStore: store } as unknown as Request
    const session = store.createSession(request, (await store.get('a')) as never)
    expect(session).toMatchObject({ sid: 'own' })
    await store.set('a', Object.assign(session, { n: 2 }))
    expect(await store.get('a')).toMatchObject({ sid: 'own', n: 2 })
  })

  /** The objects in connect-databank's own tests. */
  it.each([
    { cookie: { expires: null }, name: 'ann', sid: 'own' },
    { cookie: { expires: 0 }, example: 'foo', sid: 'a' },
    { cookie: { expires: 4_102_444_800_000 }, number: 7, sid: 'a' },
  ])('is returned in connect-databank’s test object %j', async (session) => {
    const { store } = await openStore({ ttl: false })
    await store.set('a', session)
    expect(await store.get('a')).toMatchObject({ ...session, cookie: expect.anything() })
  })
})
