import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as kit from '@sessionbank/databank-kit'
import * as core from '@sessionbank/session-core'

type ErrorClass = new (...args: unknown[]) => kit.SessionbankError

const STORES = ['express', 'koa', 'fastify'].map((framework) => `@sessionbank/${framework}-databank-store`)
/** The base classes. */
const BASES = ['SessionbankError', 'BankError']

/** Returns the Sessionbank error classes that a package exports, by name. */
function errorsIn(exported: object): Map<string, ErrorClass> {
  const isOurs = (value: unknown) => typeof value === 'function' && value.prototype instanceof kit.SessionbankError
  return new Map(Object.entries(exported).filter(([name, value]) => isOurs(value) && !BASES.includes(name)))
}

const all = new Map([...errorsIn(kit), ...errorsIn(core)])

describe('the error classes', () => {
  it('have one class for each code', () => {
    const codes = [...all.values()].map((ErrorOfOurs) => new ErrorOfOurs(['x'], 'x').code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code).toMatch(/^SESSIONBANK_[A-Z_]+$/)
  })

  it('are all exported by session-core', () => {
    expect(errorsIn(core)).toEqual(all)
  })

  it.each(STORES)('are all exported by %s, for import and require', async (name) => {
    for (const exported of [await import(name), require(name)]) {
      expect(exported.SessionbankError).toBe(kit.SessionbankError)
      for (const [errorName, ErrorOfOurs] of all)
        expect([errorName, exported[errorName]]).toEqual([errorName, ErrorOfOurs])
    }
  })

  it('are all in docs/reference.md, each with its code', () => {
    const page = readFileSync(join(__dirname, '../../../docs/reference.md'), 'utf8')
    const rows = Array.from(page.matchAll(/^\| `(SESSIONBANK_\w+)` *\| `(\w+)` *\| \S/gm), ([, code, name]) => [
      name,
      code,
    ])
    const expected = [...all].map(([name, ErrorOfOurs]) => [name, new ErrorOfOurs(['x'], 'x').code])
    expect(rows.sort()).toEqual(expected.sort())
  })

  it('are in docs/reference.md with all codes that the packages use', () => {
    const packages = join(__dirname, '../..')
    const page = readFileSync(join(packages, '../docs/reference.md'), 'utf8')
    const sources = readdirSync(packages, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /^(?!acceptance)[\w-]+\/src\/[^/]+\.[cm]?ts$/.test(file),
    )
    const codes = sources.flatMap(
      (file) => readFileSync(join(packages, file), 'utf8').match(/(?<=')SESSIONBANK_\w+(?=')/g) ?? [],
    )
    expect(codes.length).toBeGreaterThan(20)
    expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([])
  })
})
