import { createRequire } from 'node:module'
import session from 'express-session'
import * as named from '../src/index.mts'
import { openBank } from './setup.ts'

/** Requires the built package by its name, as an app does. */
const requireFromApp = createRequire(__filename)
const factory = requireFromApp('@sessionbank/express-databank-store')

describe('the module', () => {
  it('can be called with express-session, like connect-databank, and returns the class', async () => {
    const { bank } = await openBank()
    const DatabankStore = factory(session)
    const store = new DatabankStore(bank)
    await store.close()

    expect(store).toBeInstanceOf(factory.DatabankStore)
    expect(store).toBeInstanceOf(session.Store)
  })

  it('has the same class in all exports', async () => {
    const imported = await import('@sessionbank/express-databank-store')

    expect(factory(session)).toBe(factory.DatabankStore)
    expect(factory()).toBe(factory.DatabankStore)
    expect(imported.DatabankStore).toBe(factory.DatabankStore)
  })

  it('exports the same names to import and require', () => {
    expect(Object.keys(factory).sort()).toEqual(Object.keys(named).sort())
  })

  it('has the schema of connect-databank', () => {
    const connectDatabank = requireFromApp('connect-databank')(session)

    expect(factory(session).schema).toEqual({ session: { pkey: 'sid' } })
    expect(factory(session).schema).toEqual(connectDatabank.schema)
  })
})
