import { type Bank, SessionStore } from '../src/index.ts'
import { PlainBank } from './plain-bank.ts'
import { Clock, cookie, HOUR, MINUTE, request } from './setup.ts'
import { manyTicks } from './ticks.ts'

const TIMEOUT = 200

function storeOn(bank: Bank, clock: Clock): SessionStore {
  return new SessionStore(
    bank,
    { cleanupInterval: false, touchAfter: 0, timeout: TIMEOUT },
    { component: 'test', now: clock.now },
  )
}

/** Opens two stores on a plain databank. Tests use one or both, because the result must be the same. */
function openPlain() {
  const plain = new PlainBank()
  const clock = new Clock()
  const [store, other] = [storeOn(plain.bank, clock), storeOn(plain.bank, clock)]
  /**
   * Lets `fail` time out because its write stalls in the bank, begins `later`, releases the write, and waits for
   * `later`.
   */
  const stall = async (fail: () => Promise<unknown>, later: () => Promise<unknown>) => {
    const release = plain.holdNextSave()
    await expect(fail()).rejects.toThrow()
    const done = later()
    await manyTicks()
    release()
    await done
    await manyTicks()
  }
  return { store, other, clock, stall }
}

describe('a write that stalls in a plain databank until it has failed for its caller', () => {
  it('does not undo a later save if it is a touch', async () => {
    const { store, clock, stall } = openPlain()
    await store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    const [slow, next] = [await request(store, 'a'), await request(store, 'a')]
    clock.advance(10 * MINUTE)
    next.session.n = 2
    await stall(slow.touch, next.save)
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it('does not undo a later save by another store of the process', async () => {
    const { store, other, clock, stall } = openPlain()
    await store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    const [slow, next] = [await request(store, 'a'), await request(other, 'a')]
    slow.session.slow = true
    next.session.n = 2
    await stall(slow.save, next.save)
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it('does not undo a later update()', async () => {
    const { store, clock, stall } = openPlain()
    await store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    const slow = await request(store, 'a')
    slow.session.slow = true
    await stall(slow.save, () => store.update('a', (session) => void session.n++))
    expect(await store.load('a')).toMatchObject({ n: 2 })
  })

  it('does not bring back a session after a logout', async () => {
    const { store, clock, stall } = openPlain()
    await store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    const slow = await request(store, 'a')
    slow.session.n = 2
    await stall(slow.save, () => store.destroy('a'))
    expect(await store.load('a')).toBeNull()
  })

  it('does not create a session after its logout, if it is the first save', async () => {
    const { store, clock, stall } = openPlain()
    const first = () => store.save('a', { n: 1, cookie: cookie(HOUR, clock.now()) })
    await stall(first, () => store.destroy('a'))
    expect(await store.load('a')).toBeNull()
  })

  it('does not overwrite a later first save with the same id', async () => {
    const { store, clock, stall } = openPlain()
    const first = (n: number) => () => store.save('a', { n, [`only${n}`]: true, cookie: cookie(HOUR, clock.now()) })
    await stall(first(1), first(2))
    expect(await store.load('a')).toEqual({ n: 2, only2: true, cookie: expect.anything() })
  })
})

describe('a write that the bank never answers', () => {
  it('delays later operations for ten timeouts at most, and then causes an error event', async () => {
    const plain = new PlainBank()
    const store = new SessionStore(plain.bank, { cleanupInterval: false, touchAfter: 0, timeout: 20 })
    await store.save('a', { n: 1, cookie: {} })
    const reported = new Promise<Error>((resolve) => store.once('error', resolve))
    plain.holdNextSave()

    await expect(store.save('a', { n: 2, cookie: {} })).rejects.toMatchObject({ code: 'SESSIONBANK_UNKNOWN_OUTCOME' })

    expect(await reported).toMatchObject({
      code: 'SESSIONBANK_UNKNOWN_OUTCOME',
      message: expect.stringContaining('no longer wait'),
    })
    await store.destroy('a')
    expect(await store.load('a')).toBeNull()
  })
})
