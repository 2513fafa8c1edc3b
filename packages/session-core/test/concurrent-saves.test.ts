import { sessionHandle } from '../src/index.ts'
import { cookie, HOUR, MINUTE, openStore, request } from './setup.ts'

describe('concurrent requests', () => {
  it('keep both changes if they change different keys', async () => {
    const { store } = await openStore()
    await store.save('a', { cookie: {} })
    const [one, two] = [await request(store, 'a'), await request(store, 'a')]
    one.session.x = 1
    two.session.y = 2
    await Promise.all([one.save(), two.save()])
    expect(await store.load('a')).toEqual({ x: 1, y: 2, cookie: {} })
  })

  it('keep one of the two values if they change the same key', async () => {
    const { store } = await openStore()
    await store.save('a', { cart: { apples: 1 }, cookie: {} })
    const [one, two] = [await request(store, 'a'), await request(store, 'a')]
    one.session.cart = { apples: 1, pears: 1 }
    two.session.cart = { apples: 2 }
    await Promise.all([one.save(), two.save()])
    expect((await store.load('a'))?.cart).toEqual({ apples: 2 })
  })

  it('do not undo a deletion', async () => {
    const { store } = await openStore()
    await store.save('a', { keep: 1, drop: 1, cookie: {} })
    const [one, two] = [await request(store, 'a'), await request(store, 'a')]
    delete one.session.drop
    two.session.keep = 2
    await one.save()
    await two.save()
    expect(await store.load('a')).toEqual({ keep: 2, cookie: {} })
  })

  it('emit the names of the merged keys', async () => {
    const { store } = await openStore()
    await store.save('a', { cookie: {} })
    const [one, two] = [await request(store, 'a'), await request(store, 'a')]
    const merged = new Promise((resolve) => store.once('merged', resolve))
    one.session.x = 1
    two.session.y = 2
    await one.save()
    await two.save()
    expect(await merged).toEqual({ handle: sessionHandle('a'), keys: ['y'] })
  })

  it('undo nothing when they save again after a merge', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 0, cookie: {} })
    const [one, two] = [await request(store, 'a'), await request(store, 'a')]
    one.session.x = 1
    await one.save()
    two.session.y = 2
    await two.save()
    one.session.x = 3
    await one.save()
    two.session.z = 4
    await two.save()
    await two.save()
    expect(await store.load('a')).toEqual({ n: 0, x: 3, y: 2, z: 4, cookie: {} })
  })

  it('overwrite nothing if they only read', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 0, cookie: {} })
    const [reader, writer] = [await request(store, 'a'), await request(store, 'a')]
    writer.session.n = 1
    await writer.save()
    await reader.save()
    await reader.touch()
    expect(await store.load('a')).toEqual({ n: 1, cookie: {} })
  })

  it('keep a longer life that one of them chose', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { cookie: cookie(MINUTE, clock.now()) })
    const [slow, remember] = [await request(store, 'a'), await request(store, 'a')]
    remember.session.cookie = cookie(HOUR, clock.now())
    await remember.save()
    clock.advance(10_000)
    slow.session.cookie = cookie(MINUTE, clock.now())
    await slow.touch()
    slow.session.x = 1
    await slow.save()
    const session = await store.load('a')
    expect(session).toMatchObject({ x: 1, cookie: { originalMaxAge: HOUR, expires: new Date(clock.now() + HOUR) } })
  })

  it('keep a shorter life that one of them chose', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { cookie: cookie(HOUR, clock.now()) })
    const [slow, shorten] = [await request(store, 'a'), await request(store, 'a')]
    shorten.session.cookie = cookie(MINUTE, clock.now())
    await shorten.touch()
    slow.session.cookie = cookie(HOUR, clock.now())
    await slow.touch()
    expect((await store.load('a'))?.cookie).toMatchObject({
      originalMaxAge: MINUTE,
      expires: new Date(clock.now() + MINUTE),
    })
  })

  it('keep the last save only, with onConflict "overwrite"', async () => {
    const { store } = await openStore({ onConflict: 'overwrite' })
    await store.save('a', { cookie: {} })
    const [one, two] = [await request(store, 'a'), await request(store, 'a')]
    one.session.x = 1
    two.session.y = 2
    await one.save()
    await two.save()
    expect(await store.load('a')).toEqual({ y: 2, cookie: {} })
  })

  it('lose no increment if they use update()', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 0, cookie: {} })
    await Promise.all(Array.from({ length: 200 }, () => store.update('a', (session) => void session.n++)))
    expect((await store.load('a'))?.n).toBe(200)
  })
})
