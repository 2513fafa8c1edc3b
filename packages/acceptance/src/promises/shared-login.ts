import type { SessionCookie } from '@sessionbank/session-core'
import { type App, DAY, type Framework, HOUR, SECRET, type StartOptions } from '../apps/app.ts'
import { signed } from '../apps/cookie-signature.ts'
import type { BankUnderTest } from '../banks.ts'
import { Client } from '../client.ts'
import { allFrameworksOn, frameworks } from '../frameworks.ts'
import { newGate } from '../gates.ts'
import { type Stage, useStage } from '../stage.ts'

const NAMES = frameworks.map(({ name }) => name)
type Name = Framework['name']
type Apps = Record<Name, App>

/** One session and one cookie for all three frameworks. */
export function sharedLogin(kind: BankUnderTest): void {
  describe(`a session shared by Express, Koa and Fastify on ${kind.name}`, () => {
    const stage = useStage(kind)
    const all = allFrameworksOn(kind)
    let apps: Apps
    beforeAll(async () => {
      apps = await startAll(stage, all)
    })
    const loginAt = (name: Name) => stage.login(apps[name])
    const seenBy = (client: Client) => Promise.all(NAMES.map((name) => client.copy().at(apps[name]).send('me')))

    describe.each(NAMES)('with a login at %s', (name) => {
      it('is known to all three', async () => {
        const { client } = await loginAt(name)

        expect(await seenBy(client)).toEqual(['ann', 'ann', 'ann'])
      })

      it('has the changes of each', async () => {
        const { client, sid } = await loginAt(name)

        for (const other of [...NAMES, ...NAMES]) await client.at(apps[other]).send('visit')

        expect(await stage.stored(sid)).toMatchObject({ user: 'ann', visits: 6 })
        expect(client.cookies.size).toBe(1)
      })

      it.each(NAMES)('ends for all three at a logout at %s', async (end) => {
        const { client, sid } = await loginAt(name)
        const thief = client.copy()

        await client.at(apps[end]).send('logout')

        expect(await seenBy(thief)).toEqual([null, null, null])
        expect(await stage.stored(sid)).toBeNull()
      })

      it('has the expiry that another framework sets', async () => {
        const { client, sid } = await loginAt(name)
        for (const other of NAMES) {
          const maxAge = DAY * (10 + NAMES.indexOf(other))
          await client.at(apps[other]).send('remember', { maxAge })
          const began = Date.now()

          const shown = await Promise.all(NAMES.map((one) => client.copy().at(apps[one]).send('show')))

          for (const { expires } of shown) expect(Math.abs(expires - began - maxAge)).toBeLessThan(5_000)
          expect((await stage.stored(sid))?.cookie.originalMaxAge / 1_000).toBeCloseTo(maxAge / 1_000, 0)
        }
      })
    })

    it('is removed from the browser by Koa at logout', async () => {
      const { client } = await loginAt('Express')

      await client.at(apps.Koa).send('logout')

      expect(client.cookies.size).toBe(0)
    })

    it('loses nothing if all three change it at once', async () => {
      const { client, sid } = await loginAt('Express')
      const gate = newGate()

      const requests = NAMES.map((name) =>
        client
          .copy()
          .at(apps[name])
          .send('set', { gate: gate.name, values: { [name]: true } }),
      )
      await gate.reached(NAMES.length)
      gate.open()
      await Promise.all(requests)

      expect(await stage.stored(sid)).toMatchObject({ user: 'ann', Express: true, Koa: true, Fastify: true })
    })

    it.each(NAMES)('stays ended if a slow request of %s ends after a logout elsewhere', async (slowOne) => {
      const { client, sid } = await loginAt('Express')
      const gate = newGate()
      const slow = client
        .copy()
        .at(apps[slowOne])
        .send('set', { gate: gate.name, values: { late: 1 } })
      await gate.reached()

      await client.copy().at(apps.Koa).send('logout')
      gate.open()
      await slow

      expect(await stage.stored(sid)).toBeNull()
    })

    it('stays a session cookie if it began as one', async () => {
      const brief = await startAll(stage, all, { maxAge: null })
      for (const name of NAMES) {
        const { client, sid } = await stage.login(brief[name])
        for (const other of NAMES) {
          const { setCookies } = await client.at(brief[other]).request('visit')
          expect(setCookies.join()).not.toMatch(/expires|max-age/i)
        }
        expect((await stage.stored(sid))?.cookie.expires ?? null).toBeNull()
      }
    })

    it('keeps the cookie attributes that one of them set', async () => {
      const cookie = { maxAge: HOUR, sameSite: 'lax', path: '/' }
      const express = await stage.start(all[0] as Framework, { sharedCookie: true, session: { cookie } })
      const { client, sid } = await stage.login(express)

      for (const name of ['Koa', 'Fastify', 'Express'] as const) await client.at(apps[name]).send('visit')

      expect((await stage.stored(sid))?.cookie).toMatchObject({ sameSite: 'lax', path: '/', httpOnly: true })
    })

    describe.each(NAMES)('and created at %s', (maker) => {
      it.each([
        ['a session cookie', {}],
        ['an hour, high priority', { maxAge: HOUR, priority: 'high' }],
        ['two hours, for one site', { maxAge: 2 * HOUR, sameSite: 'lax' }],
      ])('keeps the attributes of its cookie (%s), whatever the options of the others', async (_, cookie) => {
        const { client, sid } = await stage.login(await startWith(stage, all, maker, cookie))
        const made = await stage.stored(sid)
        for (const other of NAMES) {
          const choices = { maxAge: 3 * HOUR, sameSite: 'strict', domain: '127.0.0.1', path: '/' }
          const app = await startWith(stage, all, other, choices, { rolling: true })

          const before = await stage.record(sid)
          await client.copy().at(app).send('me')
          expect((await stage.record(sid))?.revision).toBe(before?.revision)

          await client
            .copy()
            .at(app)
            .send('set', { values: { seen: other } })
          expect((await stage.stored(sid))?.cookie).toEqual(dated(made?.cookie))
        }
        if (!('maxAge' in cookie)) expect(made?.cookie).toMatchObject({ originalMaxAge: null })
      })

      it.each(NAMES)(
        'is not shortened by a request at %s that loaded it before its expiry was extended',
        async (reader) => {
          const gate = newGate()
          const app = await startWith(stage, all, maker, { maxAge: HOUR })
          const other = await startWith(stage, all, reader, { maxAge: HOUR, sameSite: 'strict' }, { rolling: true })
          const { client, sid } = await stage.login(app)
          const slow = client.copy().at(other).send('me', { gate: gate.name })
          await gate.reached()

          await client
            .copy()
            .at(app)
            .send('remember', { maxAge: 30 * DAY })
          gate.open()
          await slow

          expect(await stage.expiryOf(sid)).toBeGreaterThan(Date.now() + 29 * DAY)
        },
      )
    })

    describe.each(NAMES)('is not opened at %s', (name) => {
      it.each([
        ['another id', (value: string) => value.replace(/^(s%3A|s:)./, '$1!')],
        ['another signature', (value: string) => `${value.slice(0, -2)}xx`],
        ['no signature', (value: string) => value.slice(0, value.lastIndexOf('.'))],
        ['no prefix', (value: string) => value.replace(/^(s%3A|s:)/, '')],
        ['half an escape', () => 's%3'],
        ['nothing', () => ''],
        ['another secret', (value: string) => resigned(value)],
      ])('by a cookie with %s', async (_, forge) => {
        const { client } = await loginAt('Express')
        const value = client.cookies.get('sid') as string
        expect(await client.at(apps[name]).send('me')).toBe('ann')

        const forger = new Client(apps[name]).forge(`sid=${forge(value)}`)

        expect(await forger.send('me')).toBeNull()
      })
    })

    it('is opened by cookies signed with an older secret, and new cookies are signed with the newest one', async () => {
      const newest = 'another secret of at least thirty-two characters'
      const rotated = await startAll(stage, all, { secret: [newest, SECRET] })
      const after = await startAll(stage, all, { secret: newest })
      for (const name of NAMES) {
        const { client } = await loginAt(name)

        for (const other of NAMES) expect(await client.copy().at(rotated[other]).send('me')).toBe('ann')
        const fresh = await stage.login(rotated[name], 'bob')

        for (const other of NAMES) expect(await fresh.client.copy().at(after[other]).send('me')).toBe('bob')
        expect(await client.copy().at(after[name]).send('me')).toBeNull()
      }
    })
  })
}

async function startAll(stage: Stage, all: readonly Framework[], options: Partial<StartOptions> = {}): Promise<Apps> {
  const started = await Promise.all(all.map((framework) => stage.start(framework, { sharedCookie: true, ...options })))
  return Object.fromEntries(NAMES.map((name, index) => [name, started[index]])) as Apps
}

/** Starts an app whose cookies have these attributes. */
function startWith(
  stage: Stage,
  all: readonly Framework[],
  name: Name,
  { maxAge, ...cookie }: SessionCookie & { maxAge?: number },
  session: object = {},
) {
  const framework = all.find((one) => one.name === name) as Framework
  const life = maxAge === undefined ? {} : { maxAge }
  const options =
    name === 'Koa' ? cookie : { cookie: { ...life, ...cookie, ...(name === 'Fastify' && { secure: false }) } }
  return stage.start(framework, { sharedCookie: true, maxAge: maxAge ?? null, session: { ...session, ...options } })
}

/** Returns the expected cookie, which matches any date. */
function dated(cookie: { expires?: unknown }) {
  return cookie.expires ? { ...cookie, expires: expect.any(String) } : cookie
}

function resigned(cookie: string): string {
  const value = decodeURIComponent(cookie).slice('s:'.length)
  const sid = value.slice(0, value.lastIndexOf('.'))
  return encodeURIComponent(`s:${signed(sid, 'a secret that somebody else has made up')}`)
}
