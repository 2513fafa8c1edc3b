import { openDatabank, SessionStore } from '../src/index.ts'
import { Link } from '../src/link.ts'

describe('on a synchronous bank', () => {
  async function openStore() {
    const bank = await openDatabank('memory:')
    const store = new SessionStore(bank, { cleanupInterval: false, touchAfter: 0 })
    const stored = (sid: string) => bank.records?.('session').readNow?.(sid) ?? null
    return { bank, store, stored }
  }

  it('a save, a touch and a destroy are done when the call returns', async () => {
    const { store, stored } = await openStore()
    const link = new Link()
    const calls = [store.save('a', { n: 1, cookie: {} }, link)]
    expect(stored('a')?.json).toContain('"n":1')
    calls.push(store.save('a', { n: 2, cookie: {} }, link))
    expect(stored('a')?.json).toContain('"n":2')
    const end = Date.now() + 3_600_000
    calls.push(store.touch('a', { cookie: { expires: new Date(end), originalMaxAge: 3_600_000 } }, link))
    expect(stored('a')?.expires).toBeGreaterThan(Date.now())
    calls.push(store.destroy('a'))
    expect(stored('a')).toBeNull()
    await Promise.all(calls)
  })

  it('an operation waits for a running one of the same session', async () => {
    const { store, stored } = await openStore()
    await store.save('a', { n: 1, cookie: {} })
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const updated = store.update('a', async (session) => {
      await finished
      session.n = 2
    })
    const destroyed = store.destroy('a')
    expect(stored('a')?.json).toContain('"n":1')
    finish()
    expect(await updated).toMatchObject({ n: 2 })
    await destroyed
    expect(stored('a')).toBeNull()
  })

  it('an operation that `ttl` starts waits for the save that called it', async () => {
    const bank = await openDatabank('memory:')
    const destroyed: Promise<void>[] = []
    const ttl = () => {
      destroyed.push(store.destroy('a'))
      return 3_600_000
    }
    const store = new SessionStore(bank, { cleanupInterval: false, ttl })
    await store.save('a', { cookie: {} })
    expect(destroyed).toHaveLength(1)
    await Promise.all(destroyed)
    expect(await store.load('a')).toBeNull()
  })

  it('a save merges with what another request has changed', async () => {
    const { store } = await openStore()
    await store.save('a', { cookie: {} })
    const [one, other] = [new Link(), new Link()]
    const sessions = [await store.load('a', one), await store.load('a', other)]
    const merged = jest.fn()
    store.on('merged', merged)
    await store.save('a', { ...sessions[0], one: 1 }, one)
    await store.save('a', { ...sessions[1], other: 1 }, other)
    expect(await store.load('a')).toMatchObject({ one: 1, other: 1 })
    expect(merged).toHaveBeenCalledTimes(1)
  })

  it('a save of a session that has ended is dropped', async () => {
    const { store, stored } = await openStore()
    const link = new Link()
    await store.save('a', { n: 1, cookie: {} }, link)
    await store.destroy('a')
    await store.save('a', { n: 2, cookie: {} }, link)
    expect(stored('a')).toBeNull()
  })

  it('a touch of a session that has ended does not use the bank, and so succeeds after disconnect', async () => {
    const { bank, store } = await openStore()
    const link = new Link()
    await store.save('a', { cookie: {} }, link)
    link.markGone('a')
    await bank.disconnect()
    await store.touch('a', { cookie: {} }, link)
  })

  it('an operation fails as on other banks if the bank is not connected', async () => {
    const { bank, store } = await openStore()
    await bank.disconnect()
    const failed = { code: 'SESSIONBANK_NOT_CONNECTED' }
    await expect(store.save('a', { cookie: {} })).rejects.toMatchObject(failed)
    await expect(store.destroy('a')).rejects.toMatchObject(failed)
  })
})
