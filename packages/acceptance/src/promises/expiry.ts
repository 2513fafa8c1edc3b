import type { SessionData } from '@sessionbank/session-core'
import { DAY, HOUR } from '../apps/app.ts'
import type { BankUnderTest } from '../banks.ts'
import { Client } from '../client.ts'
import { useFakeDate } from '../fake-date.ts'
import { forEachFramework, useApp } from '../frameworks.ts'
import { newGate } from '../gates.ts'

/** Guarantee 4: an expired session is gone. */
export function expiry(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const app = useApp(stage, framework, { maxAge: HOUR })

    it('does not find a session that has expired in the bank', async () => {
      const { client, sid } = await stage.login(app())

      await stage.expire(sid)

      expect(await client.send('me')).toBeNull()
      expect(await stage.stored(sid)).toBeNull()
    })

    describe('as time passes', () => {
      const date = useFakeDate()

      it('finds a session until it expires, and not later', async () => {
        const { client } = await stage.login(app())
        const thief = client.copy()

        date.advance(HOUR - 1)
        expect(await client.send('me')).toBe('ann')
        date.advance(HOUR + 1)

        expect(await client.send('me')).toBeNull()
        expect(await thief.send('me')).toBeNull()
      })

      it('gives a client a new, empty session after the old one has expired', async () => {
        const { client, sid } = await stage.login(app())
        await client.send('set', { values: { secret: 1 } })

        date.advance(2 * HOUR)
        const again = await client.send('login', { user: 'bob' })

        expect(again.sid).not.toBe(sid)
        expect((await client.send('show')).data).not.toHaveProperty('secret')
      })

      it('extends the expiry at each use', async () => {
        const rolling = await stage.start(framework, { maxAge: HOUR, session: { rolling: true } })
        const { client } = await stage.login(rolling)

        for (let use = 0; use < 4; use++) {
          date.advance(0.9 * HOUR)
          expect(await client.send('me')).toBe('ann')
        }
      })

      const uses = [
        ['read', 'me'],
        ['changed', 'visit'],
      ]
      // At a new id, express-session resets the cookie to its options
      if (framework.name !== 'Express') uses.push(['given a new id', 'relogin'])
      it.each(uses as [string, string][])('keeps a fixed expiry, however often the session is %s', async (_, route) => {
        const rolling = await stage.start(framework, { maxAge: HOUR, session: { rolling: true } })
        // a Set-Cookie has whole seconds
        date.advance(1_000 - (Date.now() % 1_000))
        const expires = new Date(Date.now() + 3_000).toISOString()
        await stage.plant('planted', { user: 'ann', cookie: { expires }, sid: 'planted' }, 3_000)
        const client = new Client(rolling).forge(rolling.cookieFor('planted'))

        for (let use = 0; use < 4; use++) {
          date.advance(700)
          const { status, setCookies } = await client.request(route, { user: 'ann' })
          expect(status).toBe(200)
          expect(setCookies.join()).toContain(new Date(expires).toUTCString())
          expect(await client.copy().send('me')).toBe('ann')
        }
        date.advance(201)

        expect(await client.send('me')).toBeNull()
      })

      it('expires a session without a maxAge after ttl', async () => {
        const brief = await stage.start(framework, { maxAge: null, store: { ttl: HOUR } })
        const { client } = await stage.login(brief)

        date.advance(HOUR + 1)

        expect(await client.send('me')).toBeNull()
      })

      it('applies a ttl function to a session without a maxAge, and again after a login', async () => {
        const ttl = (session: SessionData) => (session.user === 'admin' ? HOUR : DAY)
        const strict = await stage.start(framework, { maxAge: null, store: { ttl } })
        const [{ client }, { client: admin }] = [await stage.login(strict), await stage.login(strict)]
        await admin.send('login', { user: 'admin' })

        for (const visits of [1, 2]) {
          date.advance(0.9 * HOUR)
          expect(await admin.send('visit')).toBe(visits)
        }
        date.advance(HOUR + 1)

        expect(await admin.send('me')).toBeNull()
        expect(await client.send('me')).toBe('ann')
      })

      it('responds with an error, and stores nothing, if the function ttl returns no time', async () => {
        const wrong = await stage.start(framework, { maxAge: null, store: { ttl: () => Number.NaN } })
        const client = new Client(wrong)

        const { status, error } = await client.request('saveNow', { values: { user: 'ann' } })

        expect(status).toBe(500)
        expect(error).toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
        expect(await client.send('me')).toBeNull()
      })

      it('expires a session at maxLifetime, however often it is used', async () => {
        const strict = await stage.start(framework, {
          maxAge: HOUR,
          store: { maxLifetime: 2 * HOUR },
          session: { rolling: true },
        })
        const { client } = await stage.login(strict)

        for (let use = 0; use < 3; use++) {
          date.advance(0.5 * HOUR)
          expect(await client.send('visit')).toBe(use + 1)
        }
        date.advance(0.5 * HOUR + 1)

        expect(await client.send('me')).toBeNull()
      })

      it('does not write a touch that moves the expiry by less than touchAfter', async () => {
        const lazy = await stage.start(framework, { store: { touchAfter: HOUR }, session: { rolling: true } })
        const { client, sid } = await stage.login(lazy)
        const begin = Date.now()

        date.advance(0.5 * HOUR)
        await client.send('me')
        expect(await stage.expiryOf(sid)).toBe(begin + DAY)
        date.advance(0.5 * HOUR)
        await client.send('me')

        expect(await stage.expiryOf(sid)).toBe(begin + HOUR + DAY)
      })

      // tests cannot move the clock of a server
      const onOwnClock = kind.clock === 'process' ? it : it.skip
      onOwnClock('does not revive a session that expired during a slow request', async () => {
        const { client, sid } = await stage.login(app())
        const gate = newGate()

        const slow = client.copy().send('set', { gate: gate.name, values: { late: 1 } })
        await gate.reached()
        date.advance(2 * HOUR)
        gate.open()
        await slow

        expect(await client.send('me')).toBeNull()
        expect(await stage.stored(sid)).toBeNull()
      })

      onOwnClock('neither lists nor counts nor keeps expired sessions', async () => {
        const type = `ended${framework.name}`
        const own = await stage.start(framework, { maxAge: HOUR, store: { type } })
        await stage.login(own, 'ann')
        date.advance(0.5 * HOUR)
        const bob = await stage.login(own, 'bob')
        date.advance(0.5 * HOUR + 1)

        expect(await own.store.length()).toBe(1)
        expect((await own.store.all()).map(({ user }) => user)).toEqual(['bob'])
        expect(await own.store.find({ user: 'ann' })).toEqual([])
        expect(await own.store.cleanup()).toMatchObject({ removed: 1 })
        expect(await bob.client.send('me')).toBe('bob')
      })
    })
  })
}
