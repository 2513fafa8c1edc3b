import { Link } from '../src/adapter.ts'
import { SessionStore } from '../src/index.ts'
import { HOUR, openStore, request } from './setup.ts'

/** Opens two stores. A touch changes no revision, so a slow request does not notice it. */
async function openTwo() {
  const { store: brief, bank, clock } = await openStore({ ttl: HOUR })
  const options = { cleanupInterval: false, touchAfter: 0, ttl: 30 * HOUR } as const
  const lasting = new SessionStore(bank, options, { component: 'lasting', now: clock.now })
  await brief.save('a', { n: 0, cookie: {} })
  return { brief, lasting, clock }
}

describe('a longer life that a touch has set meanwhile', () => {
  it.each([
    ['touch', async (slow: Awaited<ReturnType<typeof request>>) => slow.touch()],
    [
      'save',
      async (slow: Awaited<ReturnType<typeof request>>) => {
        slow.session.n = 1
        await slow.save()
      },
    ],
  ])('is not shortened by the %s of a slow request', async (_, finish) => {
    const { brief, lasting, clock } = await openTwo()
    const slow = await request(brief, 'a')
    await (await request(lasting, 'a')).touch()
    clock.advance(HOUR / 2)
    await finish(slow)
    clock.advance(29 * HOUR)
    expect(await lasting.load('a')).not.toBeNull()
  })

  it('is not shortened by an update()', async () => {
    const { brief, lasting, clock } = await openTwo()
    await brief.update('a', async (session) => {
      session.n++
      const link = new Link()
      await lasting.touch('a', (await lasting.load('a', link)) as object, link)
    })
    clock.advance(30 * HOUR - 1)
    expect(await lasting.load('a')).toMatchObject({ n: 1 })
  })

  it('is shortened by a request that chooses a shorter one', async () => {
    const { brief, lasting, clock } = await openTwo()
    const slow = await request(brief, 'a')
    await (await request(lasting, 'a')).touch()
    slow.session.cookie = { originalMaxAge: 1_000, expires: new Date(clock.now() + 1_000) }
    await slow.save()
    clock.advance(1_000)
    expect(await lasting.load('a')).toBeNull()
  })
})
