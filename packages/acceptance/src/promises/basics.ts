import { DAY, HOUR } from '../apps/app.ts'
import type { BankUnderTest } from '../banks.ts'
import { Client } from '../client.ts'
import { useFakeDate } from '../fake-date.ts'
import { forEachFramework, useApp } from '../frameworks.ts'

/** Log in, come back, log out. */
export function basics(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const app = useApp(stage, framework)

    it('knows on the next request who has logged in, and nobody else', async () => {
      const { client } = await stage.login(app(), 'ann')

      expect(await client.send('me')).toBe('ann')
      expect(await new Client(app()).send('me')).toBeNull()
    })

    it('adds up what a client does', async () => {
      const { client } = await stage.login(app())

      for (let visits = 1; visits <= 3; visits++) expect(await client.send('visit')).toBe(visits)
    })

    it('forgets a session at logout, whoever still has its cookie', async () => {
      const { client, sid } = await stage.login(app())
      const thief = client.copy()

      await client.send('logout')

      expect(await client.send('me')).toBeNull()
      expect(await thief.send('me')).toBeNull()
      expect(await stage.stored(sid)).toBeNull()
    })

    it('gives a session another id at login, and its old one is nobody', async () => {
      const { client, sid } = await stage.login(app(), 'guest')
      const old = client.copy()

      await client.send('relogin', { user: 'ann' })

      expect(await client.send('me')).toBe('ann')
      expect(await old.send('me')).toBeNull()
      expect(await stage.stored(sid)).toBeNull()
    })

    it('keeps nothing of a visitor for whom nothing was put into a session', async () => {
      const quiet = await stage.start(framework, { store: { type: `quiet${framework.name}` } })
      const visitor = new Client(quiet)

      await visitor.send('me')

      expect(visitor.cookies.size).toBe(0)
      expect(await quiet.store.length()).toBe(0)
    })

    const { saveUninitialized } = framework
    if (saveUninitialized) {
      it('keeps a session of every visitor where the app asks for it', async () => {
        const type = `every${framework.name}`
        const eager = await stage.start(framework, { store: { type }, session: saveUninitialized })
        const visitor = new Client(eager)

        await visitor.send('me')
        await visitor.send('me')

        expect(visitor.cookies.size).toBe(1)
        expect(await eager.store.length()).toBe(1)
      })
    }

    it('keeps the login over a restart of the app', async () => {
      const bank = await stage.connections.another()
      const before = await stage.start(framework, { bank })
      const { client } = await stage.login(before, 'ann')
      await stage.stop(before)
      if (kind.outlives) await stage.connections.disconnect(bank)

      const after = await stage.start(framework, { bank: await stage.connections.another() })

      expect(await client.at(after).send('me')).toBe('ann')
    })

    it('lets a session without a maxAge end with the browser, however often it is used', async () => {
      const brief = await stage.start(framework, { maxAge: null, session: { rolling: true } })
      const client = new Client(brief)

      const login = await client.request('login', { user: 'ann' })
      const visits = [await client.request('visit'), await client.request('me'), await client.request('visit')]

      const { sid } = login.result as { sid: string }
      for (const { setCookies } of [login, ...visits]) expect(setCookies.join()).not.toMatch(/expires|max-age/i)
      expect((await client.send('show')).expires).toBeNull()
      expect((await stage.stored(sid))?.cookie.expires ?? null).toBeNull()
      // it ends for the bank all the same: nobody tells when a browser has closed
      expect(await stage.expiryOf(sid)).toBeGreaterThan(Date.now())
    })

    describe('while time goes by', () => {
      const date = useFakeDate()

      it('shows the app when the session ends: what the bank goes by', async () => {
        const begin = Date.now()
        const { client, sid } = await stage.login(app())

        date.advance(HOUR)
        const first = await client.send('show')
        date.advance(HOUR)
        const second = await client.send('show')

        expect(first.expires).toBe(begin + DAY)
        expect(second.expires).toBe(begin + DAY + (framework.touches ? HOUR : 0))
        expect(await stage.expiryOf(sid)).toBe(begin + DAY + (framework.touches ? 2 * HOUR : 0))
      })
    })
  })
}
