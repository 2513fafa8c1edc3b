import type { Routes } from '../apps/routes.ts'
import type { BankUnderTest } from '../banks.ts'
import type { Client } from '../client.ts'
import { forEachFramework, useTwoApps } from '../frameworks.ts'
import { newGate } from '../gates.ts'
import { formUnder, newProtection } from '../protection.ts'

const ROUTES: Routes = { sid: ({ sid }) => sid }

/** Setting `hashIds: 'migrate'` and `encryption` on a bank in use. */
export function bankInUse(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const protection = { ...newProtection(), hashIds: 'migrate' as const }
    const apps = useTwoApps(stage, framework, { protection, routes: ROUTES })
    const hashed = formUnder(protection)
    const read = async (id: string) => (await stage.records.read(id))?.json ?? null
    /** Logs in before the options are set. */
    const loginBefore = async (user = 'ann'): Promise<{ client: Client; sid: string }> => {
      const { client, sid } = await stage.login(await stage.start(framework), user)
      return { client: client.at(apps()[0]), sid }
    }

    it('an older session is served, and its record is unchanged until a save', async () => {
      // By default @fastify/session saves at each request.
      const session = framework.name === 'Fastify' ? { rolling: false } : {}
      const app = await stage.start(framework, { protection, session })
      const { client, sid } = await loginBefore()
      const before = await read(sid)

      expect(await client.at(app).send('me')).toBe('ann')

      expect(await read(sid)).toBe(before)
      expect(await read(hashed.idOf(sid))).toBeNull()
    })

    it('an older session is sealed at its next save, under its id', async () => {
      const { client, sid } = await loginBefore()

      expect(await client.send('visit')).toBe(1)

      const sealed = (await read(sid)) as string
      expect(sealed).not.toContain('ann')
      const opened = JSON.parse(formUnder(protection, false).opened(sid, sealed))
      expect(opened).toMatchObject({ user: 'ann', visits: 1 })
      expect(await client.send('visit')).toBe(2)
      expect(await read(hashed.idOf(sid))).toBeNull()
    })

    it('a new session is sealed, under its hashed id', async () => {
      const { sid } = await stage.login(apps()[0])

      const opened = JSON.parse(hashed.opened(sid, (await read(hashed.idOf(sid))) as string))
      expect(opened).toMatchObject({ user: 'ann' })
      expect(await read(sid)).toBeNull()
    })

    it('a new id of an older session is hashed', async () => {
      const { client, sid } = await loginBefore()

      await client.send('relogin', { user: 'bob' })
      const newSid = await client.send('sid')

      expect(await client.send('me')).toBe('bob')
      expect(await read(sid)).toBeNull()
      expect(await read(newSid)).toBeNull()
      expect(await read(hashed.idOf(newSid))).not.toBeNull()
    })

    it('an older session ends at its logout, even for a slow request', async () => {
      const { client, sid } = await loginBefore()
      const gate = newGate()

      const slow = client.copy().send('set', { gate: gate.name, values: { late: 1 } })
      await gate.reached()
      await client.copy().at(apps()[1]).send('logout')
      gate.open()
      await slow

      expect(await client.send('me')).toBeNull()
      expect([await read(sid), await read(hashed.idOf(sid))]).toEqual([null, null])
    })

    it('two requests that seal an older session at once lose nothing', async () => {
      const { client, sid } = await loginBefore()
      const gate = newGate()

      const requests = apps().map((app, index) =>
        client
          .copy()
          .at(app)
          .send('set', { gate: gate.name, values: { [`key${index}`]: index } }),
      )
      await gate.reached(2)
      gate.open()
      await Promise.all(requests)

      const opened = JSON.parse(formUnder(protection, false).opened(sid, (await read(sid)) as string))
      expect(opened).toMatchObject({ user: 'ann', key0: 0, key1: 1 })
    })

    it('all sessions of a user can be ended: older, sealed and new ones', async () => {
      const user = `everywhere-${framework.name}`
      const [plain, sealed] = [await loginBefore(user), await loginBefore(user)]
      await sealed.client.send('visit')
      const fresh = await stage.login(apps()[0], user)

      expect(await apps()[1].store.destroyWhere({ user })).toBe(3)

      for (const { client } of [plain, sealed, fresh]) expect(await client.send('me')).toBeNull()
    })
  })
}
