import { DAY, HOUR } from '../apps/app.ts'
import type { BankUnderTest } from '../banks.ts'
import { Client } from '../client.ts'
import { useFakeDate } from '../fake-date.ts'
import { forEachFramework, useApp } from '../frameworks.ts'

/** Login, next request, logout. */
export function basics(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const app = useApp(stage, framework)

    it('knows the user, and no other visitor, on the next request', async () => {
      const { client } = await stage.login(app(), 'ann')

      expect(await client.send('me')).toBe('ann')
      expect(await new Client(app()).send('me')).toBeNull()
    })

    it('keeps the changes of each request', async () => {
      const { client } = await stage.login(app())

      for (let visits = 1; visits <= 3; visits++) expect(await client.send('visit')).toBe(visits)
    })

    it('forgets a session at logout, even for a copy of its cookie', async () => {
      const { client, sid } = await stage.login(app())
      const thief = client.copy()

      await client.send('logout')

      expect(await client.send('me')).toBeNull()
      expect(await thief.send('me')).toBeNull()
      expect(await stage.stored(sid)).toBeNull()
    })

    it('gives a session a new id at login, and the old id opens nothing', async () => {
      const { client, sid } = await stage.login(app(), 'guest')
      const old = client.copy()

      await client.send('relogin', { user: 'ann' })

      expect(await client.send('me')).toBe('ann')
      expect(await old.send('me')).toBeNull()
      expect(await stage.stored(sid)).toBeNull()
    })

    it('stores nothing for a visitor with an empty session', async () => {
      const quiet = await stage.start(framework, { store: { type: `quiet${framework.name}` } })
      const visitor = new Client(quiet)

      await visitor.send('me')

      expect(visitor.cookies.size).toBe(0)
      expect(await quiet.store.length()).toBe(0)
    })

    const { saveUninitialized } = framework
    if (saveUninitialized) {
      it('stores empty sessions if the app asks for it', async () => {
        const type = `every${framework.name}`
        const eager = await stage.start(framework, { store: { type }, session: saveUninitialized })
        const visitor = new Client(eager)

        await visitor.send('me')
        await visitor.send('me')

        expect(visitor.cookies.size).toBe(1)
        expect(await eager.store.length()).toBe(1)
      })
    }

    it('keeps a login when the app restarts', async () => {
      const bank = await stage.connections.another()
      const before = await stage.start(framework, { bank })
      const { client } = await stage.login(before, 'ann')
      await stage.stop(before)
      if (kind.outlives) await stage.connections.disconnect(bank)

      const after = await stage.start(framework, { bank: await stage.connections.another() })

      expect(await client.at(after).send('me')).toBe('ann')
    })

    it('gives a session without a maxAge a session cookie, however often it is used', async () => {
      const brief = await stage.start(framework, { maxAge: null, session: { rolling: true } })
      const client = new Client(brief)

      const login = await client.request('login', { user: 'ann' })
      const visits = [await client.request('visit'), await client.request('me'), await client.request('visit')]

      const { sid } = login.result as { sid: string }
      for (const { setCookies } of [login, ...visits]) expect(setCookies.join()).not.toMatch(/expires|max-age/i)
      expect((await client.send('show')).expires).toBeNull()
      expect((await stage.stored(sid))?.cookie.expires ?? null).toBeNull()
      // the record expires nevertheless, because a server cannot know when a browser is closed
      expect(await stage.expiryOf(sid)).toBeGreaterThan(Date.now())
    })

    describe('as time passes', () => {
      const date = useFakeDate()

      it('shows the app the expiry that the bank uses', async () => {
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
