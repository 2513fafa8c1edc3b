import { join } from 'node:path'
import { COMPILERS, RESOLUTIONS, type Resolution } from '../src/compilers.ts'
import { installed } from '../src/installed.ts'

/** The folders of `apps`, each with the promise that its lines and expected errors prove. */
const PROMISES = [
  ['declared', 'use the session type that the app declares to its framework'],
  ['declared-to-require', 'use it in CommonJS'],
  ['koa-session-6', 'use it with the older types of koa-session'],
  ['undeclared', 'use a type parameter, any session type and the options of a URL, and otherwise accept anything'],
] as const

// A compiler may be slow on a busy machine.
jest.setTimeout(600_000)

/** All compilers in CI, else the newest. */
const compilers = process.env.CI ? COMPILERS : COMPILERS.slice(-1)

describe.each(compilers)('with $name', (compiler) => {
  describe.each(Object.keys(RESOLUTIONS) as Resolution[])('and the resolution %s, the types', (resolution) => {
    it.each(PROMISES)('%s: %s', (app) => {
      expect(compiler.errorsIn(join(__dirname, '../apps', app), resolution)).toBe('')
    })
  })

  it('the types need neither a driver nor a framework’s types', () => {
    using app = installed('few-packages', [
      'databank-kit',
      'databank-memory',
      'express-databank-store',
      'koa-databank-store',
      'session-core',
    ])
    expect(compiler.errorsIn(app.folder, 'nodenext')).toBe('')
  })

  it('the declaration files have no errors without skipLibCheck, whatever packages are missing', () => {
    using app = installed('looked-into', ['databank-kit', 'databank-memory', 'koa-databank-store', 'session-core'])
    expect(compiler.errorsIn(app.folder, 'nodenext')).toBe('')
  })
})
