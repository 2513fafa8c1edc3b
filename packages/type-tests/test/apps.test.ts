import { COMPILERS, RESOLUTIONS, type Resolution } from '../src/compilers.ts'

/** Each folder of `apps` with the promise that its lines keep: those that have to compile, and the errors that they expect. */
const PROMISES = [
  ['declared', 'knows in a store the session that the app declares to its framework'],
  ['declared-to-require', 'knows it in CommonJS'],
  ['undeclared', 'knows a type parameter, the options of a URL and all shapes of sessions, and takes anything else'],
] as const

// A compiler that waits for the processor is not wrong.
jest.setTimeout(600_000)

describe.each(COMPILERS)('$name', (compiler) => {
  describe.each(Object.keys(RESOLUTIONS) as Resolution[])('with the resolution %s', (resolution) => {
    it.each(PROMISES)('%s: %s', (app) => {
      expect(compiler.errorsIn(app, resolution)).toBe('')
    })
  })
})
