import { sessionHandle } from '@sessionbank/session-core'
import { inFull } from '@sessionbank/test-servers'
import type { App } from '../apps/app.ts'
import type { BankUnderTest } from '../banks.ts'
import type { Client } from '../client.ts'
import { forEachFramework, useTwoApps } from '../frameworks.ts'
import { newGate } from '../gates.ts'
import type { Stage } from '../stage.ts'

const TRIALS = inFull ? [1, 2, 3] : [1]
const SESSIONS = 30
/** The number of sessions in tests that resemble one with {@link SESSIONS}. */
const FEWER = 10

interface Login {
  client: Client
  sid: string
}

/** Guarantee 2: an ended session stays ended, whatever older requests do. */
export function logoutIsFinal(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    const slow = {
      changes: ['set', { values: { late: true } }],
      reads: ['show', {}],
      saves: ['saveNow', { values: {} }],
      regenerates: ['relogin', { user: 'late' }],
    } as const
    const ends = {
      'a logout': ({ client }: Login) => client.copy().send('logout'),
      'a new id': ({ client }: Login) => client.copy().send('relogin', { user: 'ann' }),
      'its expiry': ({ sid }: Login) => stage.expire(sid),
    }

    describe.each(Object.keys(ends) as (keyof typeof ends)[])('after %s', (end) => {
      const apps = useTwoApps(stage, framework)
      const [trials, sessions] = end === 'a logout' ? [TRIALS, SESSIONS] : [[1], FEWER]

      it.each(trials)('a slow request that changes the session does not revive it (trial %i)', async () => {
        const dropped = listenTo(apps()[0])

        const logins = await endMeanwhile(stage, apps(), slow.changes, ends[end], sessions)

        await expectGone(stage, apps()[1], logins)
        expect(dropped.sort()).toEqual(logins.map(({ sid }) => sessionHandle(sid)).sort())
      })

      it.each(trials)('a slow request that reads the session does not revive it (trial %i)', async () => {
        const logins = await endMeanwhile(stage, apps(), slow.reads, ends[end], sessions)

        await expectGone(stage, apps()[1], logins)
      })

      it('a slow request that saves without a change does not revive it', async () => {
        const logins = await endMeanwhile(stage, apps(), slow.saves, ends[end], FEWER)

        await expectGone(stage, apps()[1], logins)
      })

      it.each(trials)('a slow request that regenerates the id does not revive the old one (trial %i)', async () => {
        const logins = await endMeanwhile(stage, apps(), slow.regenerates, ends[end], sessions)

        await expectGone(stage, apps()[1], logins)
      })
    })

    describe.each(framework.variants)('with $name', ({ session }) => {
      const apps = useTwoApps(stage, framework, { session })

      it.each(['changes', 'reads'] as const)('a slow request that %s does not revive a session', async (what) => {
        const logins = await endMeanwhile(stage, apps(), slow[what], ends['a logout'], FEWER)

        await expectGone(stage, apps()[1], logins)
      })
    })

    it('a slow request does not revive a session with onConflict "overwrite"', async () => {
      const apps = await stage.startTwo(framework, { store: { onConflict: 'overwrite' } })

      const logins = await endMeanwhile(stage, apps, slow.changes, ends['a logout'], FEWER)

      await expectGone(stage, apps[1], logins)
    })

    it('destroyWhere ends all sessions of a user, even those of slow requests', async () => {
      const [here, there] = await stage.startTwo(framework)
      const user = `everywhere-${framework.name}`
      const [first, second] = [await stage.login(here, user), await stage.login(there, user)]
      const bystander = await stage.login(here, 'bystander')
      const gate = newGate()

      const slow = second.client.copy().send('set', { gate: gate.name, values: { late: 1 } })
      await gate.reached()
      const ended = await here.store.destroyWhere({ user }, { except: first.sid })
      gate.open()
      await slow

      expect(ended).toBe(1)
      await expectGone(stage, here, [second])
      expect(await first.client.send('me')).toBe(user)
      expect(await bystander.client.send('me')).toBe('bystander')
    })

    it('destroyWhere, with a promise or a callback, ends nothing for a visitor who has not logged in', async () => {
      const [here] = await stage.startTwo(framework)
      const user = `stays-${framework.name}`
      const login = await stage.login(here, user)
      const criteria = { user: undefined } as never
      const refusal = { code: 'SESSIONBANK_INVALID_OPTION' }

      await expect(here.store.destroyWhere(criteria)).rejects.toMatchObject(refusal)
      await expect(here.store.destroyWhere({ user }, { except: undefined } as never)).rejects.toMatchObject(refusal)
      const error = await new Promise((resolve) => here.store.destroyWhere(criteria, resolve))

      expect(error).toMatchObject(refusal)
      expect(await login.client.send('me')).toBe(user)
    })
  })
}

/** Begins a slow request in each of many sessions, ends all sessions elsewhere, and lets the requests continue. */
async function endMeanwhile(
  stage: Stage,
  [here, there]: [App, App],
  [route, input]: readonly [string, object],
  end: (login: Login) => Promise<unknown>,
  sessions: number,
): Promise<Login[]> {
  const gate = newGate()
  const logins = await Promise.all(Array.from({ length: sessions }, () => stage.login(here)))
  const slow = logins.map(({ client }) => client.copy().send(route, { ...input, gate: gate.name }))
  await gate.reached(slow.length)

  await Promise.all(logins.map(({ client, sid }) => end({ client: client.at(there), sid })))
  gate.open()
  await Promise.all(slow)

  return logins
}

async function expectGone(stage: Stage, app: App, logins: Login[]): Promise<void> {
  const left = await Promise.all(
    logins.map(async ({ client, sid }) => [await client.copy().at(app).send('me'), await stage.stored(sid)]),
  )
  expect(left).toEqual(logins.map(() => [null, null]))
}

function listenTo(app: App): string[] {
  const dropped: string[] = []
  app.store.removeAllListeners('dropped')
  app.store.on('dropped', ({ handle }) => dropped.push(handle))
  return dropped
}
