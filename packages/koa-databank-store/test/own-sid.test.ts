import { contextWith, HOUR, openStore } from './setup.ts'

const times = () => ({ _expire: Date.now() + HOUR, _maxAge: HOUR })

describe('the app’s own key "sid"', () => {
  it('is returned, with a ctx and without', async () => {
    const { store } = await openStore()
    await store.set('a', { sid: 'own', ...times() })
    await store.set('b', { sid: 'own', ...times() }, HOUR, { ctx: contextWith() })
    expect(await store.get('a', HOUR, { ctx: contextWith() })).toMatchObject({ sid: 'own' })
    expect(await store.get('b')).toMatchObject({ sid: 'own' })
  })

  it('is kept by a request that changes another key', async () => {
    const { store } = await openStore()
    await store.set('a', { sid: 'own', n: 1, ...times() })
    const ctx = contextWith()
    const session = await store.get('a', HOUR, { ctx })
    await store.set('a', { ...session, n: 2 }, HOUR, { ctx })
    expect(await store.get('a')).toMatchObject({ sid: 'own', n: 2 })
  })
})
