import { cookie, HOUR, MINUTE, openStore, request } from './setup.ts'

describe('with onConflict "overwrite"', () => {
  it('a request that changed only its cookie overwrites no data', async () => {
    const { store, clock } = await openStore({ onConflict: 'overwrite' })
    await store.save('a', { n: 0, cookie: cookie(MINUTE, clock.now()) })
    const [remember, touch, writer] = [await request(store, 'a'), await request(store, 'a'), await request(store, 'a')]
    writer.session.n = 1
    await writer.save()

    remember.session.cookie = cookie(HOUR, clock.now())
    await remember.save()
    touch.session.cookie = cookie(2 * HOUR, clock.now())
    await touch.touch()

    expect(await store.load('a')).toMatchObject({ n: 1, cookie: { originalMaxAge: 2 * HOUR } })
  })

  it('nothing is merged, and no merged event is emitted', async () => {
    const { store } = await openStore({ onConflict: 'overwrite' })
    const merged = jest.fn()
    store.on('merged', merged)
    await store.save('a', { n: 0, cookie: {} })
    const [one, other] = [await request(store, 'a'), await request(store, 'a')]
    one.session.x = 1
    other.session.y = 1
    await one.save()
    await other.save()
    expect(await store.load('a')).toEqual({ n: 0, y: 1, cookie: {} })
    expect(merged).not.toHaveBeenCalled()
  })

  it('a logout is final', async () => {
    const { store } = await openStore({ onConflict: 'overwrite' })
    await store.save('a', { n: 0, cookie: {} })
    const slow = await request(store, 'a')
    await store.destroy('a')
    slow.session.n = 1
    await slow.save()
    expect(await store.load('a')).toBeNull()
  })
})
