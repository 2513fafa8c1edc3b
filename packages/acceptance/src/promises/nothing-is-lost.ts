import { sessionHandle } from '@sessionbank/session-core'
import { inFull } from '@sessionbank/test-servers'
import type { App, Framework } from '../apps/app.ts'
import type { BankUnderTest } from '../banks.ts'
import type { Client } from '../client.ts'
import { forEachFramework, useTwoApps } from '../frameworks.ts'
import { newGate } from '../gates.ts'
import type { Stage } from '../stage.ts'

const TRIALS = inFull ? [1, 2, 3] : [1]
const PAIRS = 30

type Step = [route: string, input: object]

/** Guarantee 1: concurrent requests lose no changes. */
export function nothingIsLost(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const apps = useTwoApps(stage, framework)
    const race = (prepare: Step, one: Step, other: Step) => racePairs(stage, apps(), prepare, one, other)

    it.each(TRIALS)('keeps both changes of two requests to different keys (trial %i)', async () => {
      const sessions = await race(['visit', {}], ['set', { values: { a: 1 } }], ['set', { values: { b: 2 } }])

      for (const session of sessions) expect(session).toMatchObject({ user: 'ann', visits: 1, a: 1, b: 2 })
    })

    it.each(TRIALS)('keeps a deletion of one key and a change of another (trial %i)', async () => {
      const before = { values: { cart: ['book'], coupon: 'x' } }
      const sessions = await race(['set', before], ['remove', { keys: ['coupon'] }], ['set', { values: { b: 2 } }])

      for (const session of sessions) {
        expect(session).toMatchObject({ user: 'ann', cart: ['book'], b: 2 })
        expect(session).not.toHaveProperty('coupon')
      }
    })

    it.each(TRIALS)('keeps one of two values of the same key, as a whole (trial %i)', async () => {
      const before = { profile: { name: 'before', tags: ['x'], deep: { er: { still: 'x' } } } }
      const mine = { profile: { name: 'mine', tags: ['mine'], deep: { er: { mine: true } } } }
      const yours = { profile: { name: 'yours', tags: ['yours', 2], deep: { est: 1 } } }
      const sessions = await race(['set', { values: before }], ['set', { values: mine }], ['set', { values: yours }])

      for (const { profile } of sessions) expect([mine.profile, yours.profile]).toContainEqual(profile)
    })

    it('keeps the changes of thirty concurrent requests', async () => {
      const { client, sid } = await stage.login(apps()[0])
      const gate = newGate()
      const values = Object.fromEntries(Array.from({ length: PAIRS }, (_, index) => [`key${index}`, index]))

      const requests = Object.entries(values).map(([key, value], index) =>
        client.at(apps()[index % 2] as App).send('set', { gate: gate.name, values: { [key]: value } }),
      )
      await gate.reached(PAIRS)
      gate.open()
      await Promise.all(requests)

      expect(await stage.stored(sid)).toMatchObject({ user: 'ann', ...values })
    })

    it('reports which keys were merged', async () => {
      const { client, sid } = await stage.login(apps()[0])
      const merged: object[] = []
      apps()[0].store.on('merged', (event) => merged.push(event))
      const gate = newGate()

      const slow = client.send('set', { gate: gate.name, values: { slow: 1 } })
      await gate.reached()
      await client.send('set', { values: { quick: 1 } })
      gate.open()
      await slow

      expect(merged).toEqual([{ handle: sessionHandle(sid), keys: ['slow'] }])
      apps()[0].store.removeAllListeners('merged')
    })
  })

  overwriting(kind)
}

function overwriting(kind: BankUnderTest): void {
  forEachFramework(kind, (framework: Framework, stage: Stage) => {
    it('keeps the session that was saved last, as a whole, with onConflict "overwrite"', async () => {
      const app = await stage.start(framework, { store: { onConflict: 'overwrite' } })
      const { client, sid } = await stage.login(app)
      const gate = newGate()

      const slow = client.send('set', { gate: gate.name, values: { slow: 1 } })
      await gate.reached()
      await client.send('set', { values: { quick: 1 } })
      gate.open()
      await slow

      expect(await stage.stored(sid)).toMatchObject({ user: 'ann', slow: 1 })
      expect(await stage.stored(sid)).not.toHaveProperty('quick')
    })
  })
}

/** Logs in repeatedly. In each session, runs two concurrent steps on two apps. Returns the stored sessions. */
async function racePairs(stage: Stage, [here, there]: [App, App], prepare: Step, one: Step, other: Step) {
  const gate = newGate()
  const logins = await Promise.all(Array.from({ length: PAIRS }, () => stage.login(here)))
  await Promise.all(logins.map(({ client }) => client.send(...prepare)))

  const gated = (client: Client, [route, input]: Step) => client.send(route, { ...input, gate: gate.name })
  const requests = logins.flatMap(({ client }) => [gated(client, one), gated(client.at(there), other)])
  await gate.reached(requests.length)
  gate.open()
  await Promise.all(requests)

  return Promise.all(logins.map(async ({ sid }) => (await stage.stored(sid)) as Record<string, unknown>))
}
