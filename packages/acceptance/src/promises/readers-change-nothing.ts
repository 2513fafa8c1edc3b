import { DAY, HOUR } from '../apps/app.ts'
import type { BankUnderTest } from '../banks.ts'
import { useFakeDate } from '../fake-date.ts'
import { forEachFramework, useTwoApps } from '../frameworks.ts'
import { newGate } from '../gates.ts'

const MONTH = 30 * DAY
const MINUTE = 60_000

/** Guarantee 3: a touch changes no content, and a request that only reads overwrites nothing. */
export function readersChangeNothing(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    describe.each([{ name: 'its defaults', session: {} }, ...framework.variants])('with $name', ({ session }) => {
      const apps = useTwoApps(stage, framework, { session, maxAge: HOUR })
      const date = useFakeDate()

      it('a slow reader does not overwrite concurrent writes', async () => {
        const { client, sid } = await stage.login(apps()[0])
        const gate = newGate()

        const slow = client.send('show', { gate: gate.name })
        await gate.reached()
        await client.at(apps()[1]).send('set', { values: { cart: ['book'] } })
        await client.at(apps()[1]).send('remove', { keys: ['user'] })
        gate.open()
        await slow

        const session = await stage.stored(sid)
        expect(session).toMatchObject({ cart: ['book'] })
        expect(session).not.toHaveProperty('user')
      })

      it.each([
        ['reader', 'show', {}],
        ['writer', 'set', { values: { note: 1 } }],
      ])('a slow %s does not shorten an expiry that was set meanwhile', async (_, route, input) => {
        const { client, sid } = await stage.login(apps()[0])
        const gate = newGate()

        const slow = client.copy().send(route, { ...input, gate: gate.name })
        await gate.reached()
        await client.at(apps()[1]).send('remember', { maxAge: MONTH })
        date.advance(MINUTE)
        gate.open()
        await slow

        expect(await stage.expiryOf(sid)).toBeGreaterThanOrEqual(Date.now() + MONTH - MINUTE)
        expect(await stage.stored(sid)).toMatchObject({ user: 'ann', cookie: { originalMaxAge: MONTH } })
        expect((await client.send('show')).expires).toBeGreaterThanOrEqual(Date.now() + MONTH - MINUTE)
      })

      it('an expiry set by a slow request is kept, and so are concurrent writes', async () => {
        const { client, sid } = await stage.login(apps()[0])
        const gate = newGate()

        const slow = client.copy().send('remember', { gate: gate.name, maxAge: MONTH })
        await gate.reached()
        await client.at(apps()[1]).send('visit')
        await client.at(apps()[1]).send('show')
        gate.open()
        await slow
        await client.send('show')

        expect(await stage.expiryOf(sid)).toBe(Date.now() + MONTH)
        expect(await stage.stored(sid)).toMatchObject({ visits: 1, cookie: { originalMaxAge: MONTH } })
      })

      it('a maxAge set by the app applies at each use, and is not reset to the default', async () => {
        const { client, sid } = await stage.login(apps()[0])
        await client.send('remember', { maxAge: MONTH })

        date.advance(2 * HOUR)
        await client.send('visit')
        await client.send('show')

        expect(await stage.expiryOf(sid)).toBe(Date.now() + MONTH)
      })

      it('a touch does not change a character of the content', async () => {
        const { client, sid } = await stage.login(apps()[0])
        await client.send('set', { values: { list: [1, { a: 'ü\u2028' }], empty: {}, no: null } })
        const before = await stage.record(sid)

        date.advance(MINUTE)
        await client.send('show')
        await client.send('show')

        const after = await stage.record(sid)
        expect(after?.revision).toBe(before?.revision)
        expect(withoutTimes(after?.json)).toBe(withoutTimes(before?.json))
        expect(after?.expires).toBeGreaterThanOrEqual(before?.expires as number)
      })
    })

    it('an app with a short ttl does not shorten the expiry that another app gave a session cookie', async () => {
      const options = { maxAge: null, session: { rolling: true } }
      const [generous, strict] = [
        await stage.start(framework, { ...options, store: { ttl: MONTH } }),
        await stage.start(framework, { ...options, store: { ttl: HOUR } }),
      ]
      const { client, sid } = await stage.login(generous)
      const before = await stage.expiryOf(sid)

      await client.at(strict).send('show')
      await client.at(strict).send('visit')

      expect(await stage.expiryOf(sid)).toBe(before)
    })
  })
}

/** Removes expiries, which a plain databank stores in the cookie. */
function withoutTimes(json: string | undefined): string {
  return JSON.stringify(JSON.parse(json ?? 'null'), (key, value) => (key === 'expires' ? undefined : value))
}
