import { Link } from '../src/adapter.ts'
import { type SessionStore, sessionHandle } from '../src/index.ts'
import { cookie, MINUTE, openStore, request } from './setup.ts'

function droppedBy(store: SessionStore): unknown[] {
  const dropped: unknown[] = []
  store.on('dropped', (event) => dropped.push(event))
  return dropped
}

describe('a session that has ended', () => {
  it('is not brought back by a save of an older request', async () => {
    const { store } = await openStore()
    const dropped = droppedBy(store)
    await store.save('a', { n: 0, cookie: {} })
    const slow = await request(store, 'a')
    slow.session.n = 1
    await store.destroy('a')
    await slow.save()
    expect(await store.load('a')).toBeNull()
    expect(dropped).toEqual([{ handle: sessionHandle('a') }])
  })

  it('is not brought back by a second save of the same object', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 0, cookie: {} })
    const slow = await request(store, 'a')
    await store.destroy('a')
    for (const n of [1, 2, 3]) {
      slow.session.n = n
      await slow.save()
      await slow.touch()
    }
    expect(await store.load('a')).toBeNull()
  })

  it('is not brought back by a touch, which emits no event', async () => {
    const { store, clock } = await openStore()
    const dropped = droppedBy(store)
    await store.save('a', { cookie: cookie(MINUTE, clock.now()) })
    const slow = await request(store, 'a')
    await store.destroy('a')
    await slow.touch()
    await slow.save()
    await store.touch('a', { cookie: cookie(MINUTE, clock.now()) })
    expect(await store.load('a')).toBeNull()
    expect(await store.length()).toBe(0)
    expect(dropped).toEqual([])
  })

  it('is not brought back by the object that created it', async () => {
    const { store } = await openStore()
    const link = new Link()
    const session = { n: 0, cookie: {} }
    await store.save('a', session, link)
    await store.destroy('a')
    session.n = 1
    await store.save('a', session, link)
    expect(await store.load('a')).toBeNull()
  })

  it('is not brought back after a merge', async () => {
    const { store } = await openStore()
    await store.save('a', { cookie: {} })
    const [one, two] = [await request(store, 'a'), await request(store, 'a')]
    one.session.x = 1
    await one.save()
    two.session.y = 1
    await two.save()
    await store.destroy('a')
    two.session.y = 2
    await two.save()
    expect(await store.load('a')).toBeNull()
  })

  it('is not brought back after it has expired', async () => {
    const { store, clock } = await openStore()
    await store.save('a', { cookie: cookie(MINUTE, clock.now()) })
    const slow = await request(store, 'a')
    clock.advance(MINUTE)
    slow.session.n = 1
    slow.session.cookie = cookie(MINUTE, clock.now())
    await slow.save()
    await slow.touch()
    expect(await store.load('a')).toBeNull()
  })

  it('is not merged into a new session with its id', async () => {
    const { store } = await openStore()
    await store.save('a', { secret: 'old', cookie: {} })
    const old = await request(store, 'a')
    await store.destroy('a')
    old.session.secret = 'older'
    await old.save()
    await store.save('a', { mine: 1, cookie: {} })
    old.session.secret = 'oldest'
    await old.save()
    expect(await store.load('a')).toEqual({ mine: 1, cookie: {} })
  })

  it('continues under its new id if it was regenerated', async () => {
    const { store } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    const link = new Link()
    const session = await store.load('a', link)
    await store.destroy('a')
    await store.save('b', session as object, link)
    expect(await store.load('a')).toBeNull()
    expect(await store.load('b')).toEqual({ n: 1, cookie: {} })
  })

  it('can be ended again', async () => {
    const { store } = await openStore()
    await store.save('a', { cookie: {} })
    await store.destroy('a')
    await store.destroy('a')
    await store.destroy('never there')
  })

  it('is not found by update(), which then does not call its function', async () => {
    const { store } = await openStore()
    const change = jest.fn()
    expect(await store.update('a', change)).toBeNull()
    expect(change).not.toHaveBeenCalled()
  })
})
