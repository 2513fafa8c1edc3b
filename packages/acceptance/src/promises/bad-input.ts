import type { SessionbankError } from '@sessionbank/databank-kit'
import { type App, HOUR } from '../apps/app.ts'
import type { Routes } from '../apps/routes.ts'
import type { BankUnderTest } from '../banks.ts'
import { Client } from '../client.ts'
import { forEachFramework, useApp } from '../frameworks.ts'

/** Routes of a faulty app: each adds a value to the session, saves, and removes it. */
const ROUTES: Routes = {
  saveBroken: async (session, { how }) => {
    session.data.broken = broken[how as keyof typeof broken]()
    try {
      await session.save()
    } finally {
      delete session.data.broken
    }
  },
  leaveBroken: (session, { how }) => {
    session.data.broken = broken[how as keyof typeof broken]()
  },
}

const broken = {
  cycle() {
    const cycle: { self?: object } = {}
    cycle.self = cycle
    return cycle
  },
  BigInt: () => 1n,
  'throwing toJSON': () => ({
    toJSON() {
      throw new Error('thrown by a toJSON')
    },
  }),
  'value that is too large': () => 'x'.repeat(20_000),
}
const BROKEN = Object.keys(broken)
/** The expected message for each value. */
const WHY: Record<keyof typeof broken, RegExp> = {
  cycle: /cycle|circular/,
  BigInt: /BigInt/,
  'throwing toJSON': /toJSON/, // express-session serialises it before the store does
  'value that is too large': /bytes/,
}

/** Mistakes of an app are reported at once by clear errors, and lose no stored session. */
export function badInput(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const app = useApp(stage, framework, { store: { maxBytes: 10_000 }, routes: ROUTES })

    it.each(BROKEN)('reports a session with a %s, and keeps the stored one', async (how) => {
      const { client, sid } = await stage.login(app())

      const { status, error } = await client.request('saveBroken', { how })

      expect(status).toBe(500)
      expect(error?.message).toMatch(WHY[how as keyof typeof broken])
      expect(error?.message).not.toContain(sid)
      expect(await stage.stored(sid)).toMatchObject({ user: 'ann' })
      expect(await stage.stored(sid)).not.toHaveProperty('broken')
      expect(await client.send('visit')).toBe(1)
    })

    it('reports a session that is too large even if it is only saved at the end of the request', async () => {
      const { client, sid } = await stage.login(app())

      const { status, error } = await client.request('leaveBroken', { how: 'value that is too large' })

      // express-session has begun to respond by then
      if (framework.name !== 'Express') expect({ status, code: error?.code }).toEqual({ status: 500, code: TOO_LARGE })
      expect(await stage.stored(sid)).toMatchObject({ user: 'ann' })
      expect(await stage.stored(sid)).not.toHaveProperty('broken')
      expect(await client.send('visit')).toBe(1)
    })

    it.each([
      ['was never connected', async () => require('databank').Databank.get('memory', {})],
      ['is disconnected already', () => stage.disconnected()],
    ])('fails at once and clearly if the bank %s', async (_, unusable) => {
      const other = await stage.start(framework, { bank: await unusable() })
      const { client } = await stage.login(app())
      const began = performance.now()

      for (const visitor of [client.at(other), new Client(other)]) {
        const { status, error } = await visitor.request('saveNow', { values: { a: 1 } })
        expect({ status, code: error?.code }).toEqual({ status: 500, code: 'SESSIONBANK_NOT_CONNECTED' })
        expect(error?.message).toMatch(/connect/)
      }

      expect(performance.now() - began).toBeLessThan(2_000)
      expect(await client.send('me')).toBe('ann')
    })

    it.each(['a text', 42, null, true, [1, 2]])(
      'treats the stored value %j as no session, and reports it',
      async (value) => {
        const { client, sid } = await stage.login(app())
        const errors = errorsOf(app())
        await stage.plantValue(sid, value)

        expect(await client.send('me')).toBeNull()

        expect(errors).toEqual(['SESSIONBANK_UNREADABLE'])
        const again = await client.send('login', { user: 'bob' })
        expect(again.sid).not.toBe(sid)
        expect(await client.send('me')).toBe('bob')
      },
    )

    it('accepts a stored session without a cookie', async () => {
      const { client, sid } = await stage.login(app())
      await stage.plant(sid, { user: 'cookieless', sid })

      expect(await client.send('me')).toBe('cookieless')
      expect(await client.send('visit')).toBe(1)
    })

    it.each([
      { sameSite: 'nonsense' },
      { sameSite: {} },
      { path: '/;\n' },
      { path: ['/;'] },
      { domain: 'no host' },
      { domain: 7 },
      { priority: 'highest' },
      { priority: true },
      { sameSite: 5, path: '\u0000', domain: '..', priority: [] },
    ])('ignores %j in a stored cookie, which a Set-Cookie cannot express', async (odd) => {
      const expires = new Date(Date.now() + HOUR).toISOString()
      const cookie = { originalMaxAge: HOUR, expires, httpOnly: true, path: '/', ...odd }
      await stage.plant('odd', { user: 'ann', cookie, sid: 'odd' })
      const client = new Client(app()).forge(app().cookieFor('odd'))

      for (const visits of [1, 2]) {
        const { status, result, setCookies } = await client.request('visit')
        expect({ status, result }).toEqual({ status: 200, result: visits })
        expect(setCookies.join()).not.toMatch(/nonsense|highest|no host|object/)
      }
      for (const name of Object.keys(odd)) {
        const stored = (await stage.stored('odd'))?.cookie[name]
        expect(stored ?? null).not.toEqual(odd[name as keyof typeof odd])
      }
    })

    it('names an unknown option', async () => {
      const start = stage.start(framework, { store: { tll: 1 } as object })

      await expect(start).rejects.toMatchObject({
        code: 'SESSIONBANK_INVALID_OPTION',
        message: expect.stringContaining('"tll"'),
      })
    })

    it('rejects a bank that is not a databank', async () => {
      const start = stage.start(framework, { bank: {} as never })

      await expect(start).rejects.toMatchObject({ code: 'SESSIONBANK_INVALID_OPTION' })
    })
  })
}

const TOO_LARGE = 'SESSIONBANK_TOO_LARGE'

function errorsOf(app: App): string[] {
  const errors: string[] = []
  app.store.removeAllListeners('error')
  app.store.on('error', (error) => errors.push((error as SessionbankError).code))
  return errors
}
