import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMPILERS } from '../src/compilers.ts'

const ROOT = join(__dirname, '../../..')
const APPS = join(__dirname, '../apps')

// A compiler may be slow on a busy machine.
jest.setTimeout(600_000)

/** Returns the blocks of a document in a language. */
function blocks(document: string, language: 'js' | 'ts'): string[] {
  const text = readFileSync(join(ROOT, document), 'utf8')
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))
  return Array.from(found, ([, code]) => code as string)
}

/** Compiles code with the newest compiler. Lines with "does not compile" must be errors. */
function errorsIn(...code: (string | undefined)[]): string {
  const folder = mkdtempSync(join(APPS, 'document-'))
  try {
    const app = code.join('\n').replaceAll(/^.*does not compile.*$/gm, '// @ts-expect-error\n$&')
    writeFileSync(join(folder, 'app.mts'), app)
    writeFileSync(join(folder, 'tsconfig.json'), '{ "extends": "../../tsconfig.app.json", "include": ["."] }')
    return COMPILERS.at(-1)?.errorsIn(folder, 'nodenext') ?? 'no compiler'
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.each([
  ['express', 'express-session'],
  ['koa', 'koa-session'],
  ['fastify', 'fastify'],
])('the types of a session of %s', (name, module) => {
  const isDeclared = (code: string) => code.includes(`declare module '${module}'`)

  it('are declared as in the README', () => {
    const app = blocks('README.md', 'js').find((code) => code.includes(`${name}-databank-store'`))
    const lines = blocks('README.md', 'ts').flatMap((code) => code.split('\n'))
    const declared = lines.find(isDeclared)
    const uses = blocks('README.md', 'ts').find((code) => code.includes('does not compile'))
    const given = 'declare const store: DatabankStore\ndeclare const sid: string'

    expect([app, declared, uses]).not.toContain(undefined)
    expect(errorsIn(app, declared, given, uses)).toBe('')
    expect(errorsIn(app, given, uses)).toContain('Unused')
  })

  it('are declared as in the README of the package', () => {
    const document = `packages/${name}-databank-store/README.md`
    const [app] = blocks(document, 'js')
    const declarations = blocks(document, 'ts')
    const declared = declarations.find(isDeclared)

    expect([app, declared]).not.toContain(undefined)
    expect(errorsIn(app, declared, 'await store.find({ views: "1" }) // does not compile')).toBe('')
    const others = blocks('docs/reference.md', 'ts').filter((code) => code.includes(`declare module '${name}'`))
    expect(others).toHaveLength(name === 'koa' ? 1 : 0)
    expect(errorsIn(`import '${name}'\nimport '${module}'`, ...declarations, ...others)).toBe('')
  })
})
