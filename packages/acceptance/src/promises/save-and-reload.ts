import type { Routes } from '../apps/routes.ts'
import type { BankUnderTest } from '../banks.ts'
import { failingRead } from '../faulty-bank.ts'
import { forEachFramework, useTwoApps } from '../frameworks.ts'
import { gateNamed, newGate } from '../gates.ts'

const ROUTES: Routes = {
  async changeAndReload(session, { values, between }) {
    Object.assign(session.data, values)
    await gateNamed(between as string).pass()
    await session.reload()
    return { ...session.data, cookie: undefined }
  },

  async reloadAndSet(session, { between, values }) {
    await gateNamed(between as string).pass()
    await session.reload().catch(() => {})
    Object.assign(session.data, values)
    await session.save()
  },

  async reloginAndSaveTwice(session, { user, between, values }) {
    await session.regenerate()
    session.data.user = user
    await session.save()
    await gateNamed(between as string).pass()
    Object.assign(session.data, values)
    await session.save()
  },

  /** Logs in, then waits while the test changes the new session. */
  async loginThenReloadAndSet(session, { between, values, tell }) {
    session.data.user = 'ann'
    await session.save()
    told.set(tell as string, session.sid)
    await gateNamed(between as string).pass()
    await session.reload().catch(() => {})
    Object.assign(session.data, values)
    await session.save()
  },

  async reloginThenReloadAndSet(session, { between, values, tell }) {
    await session.regenerate()
    session.data.user = 'bob'
    await session.save()
    told.set(tell as string, session.sid)
    await gateNamed(between as string).pass()
    await session.reload().catch(() => {})
    Object.assign(session.data, values)
    await session.save()
  },

  async reloginAndSaveOld(session) {
    const old = session.data as { late?: number; save(callback: () => void): void }
    await session.regenerate()
    session.data.user = 'bob'
    await session.save()
    old.late = 1
    await new Promise<void>((resolve) => old.save(resolve))
  },

  async logoutAndSave(session) {
    const ended = session.data as { late?: number; save(callback: () => void): void }
    await session.save()
    await session.logout()
    ended.late = 1
    await new Promise<void>((resolve) => ended.save(resolve))
  },
}

/** Session ids that routes report before they respond. */
const told = new Map<string, string>()

/** Requests that save or load their session several times. */
export function saveAndReload(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const apps = useTwoApps(stage, framework, { routes: ROUTES })

    it('keeps concurrent writes between two saves of one request', async () => {
      const { client, sid } = await stage.login(apps()[0])
      const between = newGate()

      const slow = client.send('saveTwice', { first: { a: 1, mine: 1 }, between: between.name, second: { mine: 2 } })
      await between.reached()
      await client.at(apps()[1]).send('set', { values: { a: 'theirs', b: 'theirs' } })
      between.open()
      await slow

      expect(await stage.stored(sid)).toMatchObject({ user: 'ann', a: 'theirs', b: 'theirs', mine: 2 })
    })

    it('keeps concurrent writes between two saves if the first save has merged', async () => {
      const { client, sid } = await stage.login(apps()[0])
      const [before, between] = [newGate(), newGate()]

      const input = { gate: before.name, first: { mine: 1, c: 1 }, between: between.name, second: { mine: 2 } }
      const slow = client.send('saveTwice', input)
      await before.reached()
      await client.at(apps()[1]).send('set', { values: { a: 1, b: 1 } })
      before.open()
      await between.reached()
      await client.at(apps()[1]).send('set', { values: { a: 2, c: 2 } })
      await client.at(apps()[1]).send('remove', { keys: ['b'] })
      between.open()
      await slow

      const session = await stage.stored(sid)
      expect(session).toMatchObject({ user: 'ann', a: 2, c: 2, mine: 2 })
      expect(session).not.toHaveProperty('b')
    })

    it('does not revive a session that was ended between two saves', async () => {
      const { client, sid } = await stage.login(apps()[0])
      const between = newGate()

      const slow = client.copy().send('saveTwice', { first: { a: 1 }, between: between.name, second: { a: 2 } })
      await between.reached()
      await client.at(apps()[1]).send('logout')
      between.open()
      await slow

      expect(await stage.stored(sid)).toBeNull()
    })

    it('does not revive a new session that was ended between two saves', async () => {
      const { client } = await stage.login(apps()[0])
      const between = newGate()
      const user = `new-${framework.name}`

      const slow = client.send('reloginAndSaveTwice', { user, between: between.name, values: { late: 1 } })
      await between.reached()
      const ended = await apps()[1].store.destroyWhere({ user })
      between.open()
      await slow

      expect(ended).toBe(1)
      expect(await apps()[1].store.find({ user })).toEqual([])
      expect(await client.send('me')).toBeNull()
    })

    it('does not save a session that the same request has destroyed', async () => {
      const { client, sid } = await stage.login(apps()[0])

      await client.copy().send('logoutAndSave')

      expect(await stage.stored(sid)).toBeNull()
    })

    if (!framework.hasReload) return

    it('does not save the old session object after the id was regenerated', async () => {
      const { client, sid } = await stage.login(apps()[0])

      await client.send('reloginAndSaveOld')

      expect(await stage.stored(sid)).toBeNull()
      expect((await client.send('show')).data).toEqual({ user: 'bob' })
    })

    it('shows the stored session after a reload, without the request’s own changes', async () => {
      const { client, sid } = await stage.login(apps()[0])
      const between = newGate()

      const slow = client.send('changeAndReload', { values: { mine: 1, user: 'x' }, between: between.name })
      await between.reached()
      await client.at(apps()[1]).send('set', { values: { theirs: 1 } })
      between.open()

      expect(await slow).toEqual({ user: 'ann', theirs: 1 })
      expect(await stage.stored(sid)).not.toHaveProperty('mine')
    })

    it('merges changes made after a reload into the reloaded session', async () => {
      const { client, sid } = await stage.login(apps()[0])
      const between = newGate()

      const slow = client.send('reloadAndSet', { between: between.name, values: { mine: 1 } })
      await between.reached()
      await client.at(apps()[1]).send('set', { values: { theirs: 1 } })
      await client.at(apps()[1]).send('remove', { keys: ['user'] })
      between.open()
      await slow

      const session = await stage.stored(sid)
      expect(session).toMatchObject({ mine: 1, theirs: 1 })
      expect(session).not.toHaveProperty('user')
    })

    it('does not revive a session that is reloaded after a logout elsewhere', async () => {
      const { client, sid } = await stage.login(apps()[0])
      const between = newGate()

      const slow = client.copy().send('reloadAndSet', { between: between.name, values: { late: 1 } })
      await between.reached()
      await client.at(apps()[1]).send('logout')
      between.open()
      await slow

      expect(await stage.stored(sid)).toBeNull()
      expect(await client.send('me')).toBeNull()
    })

    it.each(['loginThenReloadAndSet', 'reloginThenReloadAndSet'])(
      'does not revive a session that the same request created, and reloaded after a logout elsewhere (%s)',
      async (route) => {
        const { client } = await stage.login(apps()[0])
        if (route.startsWith('login')) await client.send('logout')
        const between = newGate()

        const input = { between: between.name, values: { late: 1 }, tell: between.name }
        const slow = client.send(route, input)
        await between.reached()
        const sid = told.get(between.name) as string
        expect(await stage.stored(sid)).not.toBeNull()
        await apps()[1].store.destroy(sid)
        between.open()
        await slow

        expect(await stage.stored(sid)).toBeNull()
        expect(await client.send('me')).toBeNull()
      },
    )

    it('loses nothing if a reload fails', async () => {
      const flaky = await stage.start(framework, { bank: failingRead(stage.bank, 2), routes: ROUTES })
      const { client, sid } = await stage.login(apps()[0])
      const between = newGate()

      between.open()
      await client.at(flaky).send('reloadAndSet', { between: between.name, values: { late: 1 } })

      expect(await stage.stored(sid)).toMatchObject({ user: 'ann' })
    })
  })
}
