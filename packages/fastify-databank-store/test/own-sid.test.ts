import { openClient, openStore } from './setup.ts'

describe('the app’s own key "sid"', () => {
  it('is in the next request, and is kept by it', async () => {
    const { store } = await openStore()
    const request = openClient(store)
    await request((session) => Object.assign(session, { sid: 'own', n: 1 }))
    expect(await request((session) => session.sid)).toBe('own')
    await request((session) => Object.assign(session, { n: 2 }))
    expect(await request(({ sid, n }) => ({ sid, n }))).toEqual({ sid: 'own', n: 2 })
  })

  it('is returned by get', async () => {
    const { store } = await openStore()
    await store.set('a', { sid: 'own', cookie: {} })
    expect(await store.get('a')).toMatchObject({ sid: 'own' })
  })
})
