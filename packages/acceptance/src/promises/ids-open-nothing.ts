import { type StoreOptions, sessionHandle } from '@sessionbank/session-core'
import type { App } from '../apps/app.ts'
import type { BankUnderTest } from '../banks.ts'
import { Client } from '../client.ts'
import { forEachFramework } from '../frameworks.ts'
import { newProtection } from '../protection.ts'

const INVALID_ID = 'SESSIONBANK_INVALID_SESSION_ID'
const { encryption } = newProtection()
const MODES: Required<StoreOptions>['hashIds'][] = [false, true, 'migrate']
const SEALS = { 'without encryption': {}, 'with encryption': { encryption } }

/** An attacker who has read the bank can open no session, even with the secret that signs cookies. */
export function idsOpenNothing(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    /** Sessions with hashed ids, sealed and plain, of stores with and without older sessions. */
    const logins: { app: App; client: Client; sid: string }[] = []
    let older: { app: App; client: Client; sid: string }
    let names: string[] = []
    beforeAll(async () => {
      await stage.records.clear()
      for (const hashIds of [true, 'migrate'] as const) {
        for (const seal of Object.values(SEALS)) {
          const app = await stage.start(framework, { store: { hashIds, ...seal } })
          logins.push({ app, ...(await stage.login(app)) })
        }
      }
      const app = await stage.start(framework)
      older = { app, ...(await stage.login(app)) }
      const ids: string[] = []
      for await (const [id] of stage.records.entries()) if (id !== older.sid) ids.push(id)
      expect(ids).toHaveLength(logins.length)
      const handles = [...logins, older].map(({ sid }) => sessionHandle(sid))
      names = [...ids, ...ids.map((id) => id.replace('h1:', '')), ...handles]
    })

    describe.each(MODES)('with hashIds: %j', (hashIds) => {
      it.each(Object.keys(SEALS) as (keyof typeof SEALS)[])(
        '%s, a stored id or a handle opens and ends nothing',
        async (seal) => {
          const app = await stage.start(framework, { store: { hashIds, ...SEALS[seal] } })
          // The bank contains session ids only without `hashIds`, or with "migrate".
          const tried = hashIds === true ? [...names, older.sid] : names
          for (const name of tried) {
            const thief = () => new Client(app).forge(app.cookieFor(name))

            expect(await thief().send('me')).toBeNull()
            const { sid } = await thief().send('login', { user: 'thief' })
            expect(sid).not.toBe(name)
            expect((await thief().request('logout')).status).toBe(200)
            const ending = app.store.destroy(name)
            if (name.startsWith('h1:')) await expect(ending).rejects.toMatchObject({ code: INVALID_ID })
            else await ending
          }
          for (const { client, ...login } of [...logins, older]) {
            expect(await client.at(login.app).send('me')).toBe('ann')
          }
        },
      )
    })
  })
}
