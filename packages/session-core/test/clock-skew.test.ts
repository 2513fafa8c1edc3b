import { SessionStore } from '../src/index.ts'
import { Clock, cookie, HOUR, MINUTE, openStore, request } from './setup.ts'

/** Opens two hosts on one bank. The clock of one of them is a minute behind. */
async function openHosts() {
  const { store: ahead, bank, clock } = await openStore()
  const late = new Clock()
  late.time = clock.time - MINUTE
  const behind = new SessionStore(
    bank,
    { cleanupInterval: false, touchAfter: 0 },
    { component: 'behind', now: late.now },
  )
  return { ahead, behind, clock, late }
}

describe('a host whose clock is behind', () => {
  it.each([
    ['by a cookie', (now: number) => cookie(HOUR, now)],
    ['by ttl', () => ({ originalMaxAge: null, expires: null })],
  ])('does not shorten an expiry %s that another host has set', async (_, made) => {
    const { ahead, behind, clock, late } = await openHosts()
    await ahead.save('a', { n: 0, cookie: made(clock.now()) })
    const before = await ahead.length()

    const toucher = await request(behind, 'a')
    toucher.session.cookie = made(late.now())
    await toucher.touch()
    const writer = await request(behind, 'a')
    writer.session.n = 1
    writer.session.cookie = made(late.now())
    await writer.save()

    clock.advance((made(clock.now()).originalMaxAge ?? 24 * HOUR) - 1)
    expect(await ahead.length()).toBe(before)
    expect(await ahead.load('a')).toMatchObject({ n: 1 })
  })
})
