import { createRequire } from 'node:module'

/** Requires the built package by its name, as another package does. */
const requireFromApp = createRequire(__filename)

describe('the entry point for adapters', () => {
  it('exports the same names to import and require', async () => {
    const imported = await import('@sessionbank/session-core/adapter')
    const required = requireFromApp('@sessionbank/session-core/adapter')
    expect(Object.keys(required).sort()).toEqual(Object.keys(imported).sort())
    expect(imported.Link).toBe(required.Link)
  })

  it('shares no export with the entry point for apps', () => {
    const forApps = Object.keys(requireFromApp('@sessionbank/session-core'))
    const forAdapters = Object.keys(requireFromApp('@sessionbank/session-core/adapter'))
    expect(forAdapters).toEqual(expect.arrayContaining(['Link', 'optionsFrom', 'withStoreMethods']))
    expect(forAdapters.filter((name) => forApps.includes(name))).toEqual([])
    expect(forApps.filter((name) => !name.endsWith('Error')).sort()).toEqual([
      'SessionStore',
      'openDatabank',
      'sessionHandle',
    ])
  })
})
