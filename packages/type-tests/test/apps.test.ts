import { join } from 'node:path'
import { COMPILERS, RESOLUTIONS, type Resolution } from '../src/compilers.ts'
import { installed } from '../src/installed.ts'

/** Each folder of `apps` with the promise that its lines keep: those that compile, and the errors that they expect. */
const PROMISES = [
  ['declared', 'know in a store the session that the app declares to its framework'],
  ['declared-to-require', 'know it in CommonJS'],
  ['koa-session-6', 'know it with the older types of koa-session'],
  ['undeclared', 'know a type parameter, all shapes of sessions and the options of a URL; and take anything else'],
] as const

// A compiler that waits for the processor is not wrong.
jest.setTimeout(600_000)

/** All of them in CI; the newest while someone works. */
const compilers = process.env.CI ? COMPILERS : COMPILERS.slice(-1)

describe.each(compilers)('with $name', (compiler) => {
  describe.each(Object.keys(RESOLUTIONS) as Resolution[])('and the resolution %s, the types', (resolution) => {
    it.each(PROMISES)('%s: %s', (app) => {
      expect(compiler.errorsIn(join(__dirname, '../apps', app), resolution)).toBe('')
    })
  })

  it('the types need neither a driver nor those of a framework', () => {
    using app = installed('few-packages', [
      'databank-kit',
      'databank-memory',
      'express-databank-store',
      'koa-databank-store',
      'session-core',
    ])
    expect(compiler.errorsIn(app.folder, 'nodenext')).toBe('')
  })

  it('the types have no errors for a compiler that looks into them, whatever is missing', () => {
    using app = installed('looked-into', ['databank-kit', 'databank-memory', 'koa-databank-store', 'session-core'])
    expect(compiler.errorsIn(app.folder, 'nodenext')).toBe('')
  })
})
