import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { couchbase, mongodb, postgres, redis, type ServerKind } from '@sessionbank/test-servers'
import { transformSync } from 'esbuild'
import { AppFolder } from './documents.ts'

const PACKAGES = join(__dirname, '../..')
const TSC = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
const COMPILER_OPTIONS = {
  target: 'es2022',
  module: 'nodenext',
  lib: ['es2023'],
  types: [dirname(require.resolve('@types/node/package.json'))],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
}
/** The environment variables that the examples read. */
const ENVIRONMENT = { NEW_KEY: randomBytes(32).toString('base64'), OLD_KEY: randomBytes(32).toString('base64') }

/** The URLs in examples, each with the server that replaces it in the tests. */
const SERVERS: ReadonlyMap<string, ServerKind> = new Map<string, ServerKind>([
  ['redis://localhost:6379', redis],
  ['postgres://app:secret@localhost/app', postgres],
  ['mongodb://localhost/app', mongodb],
  ['couchbase://app:secret@localhost/sessions', couchbase],
])

/** The code of an `@example` in a doc comment. */
export interface Example {
  /** Its file and line: `session-core/src/handle.ts:17`. */
  place: string
  code: string
  /** The package whose names it uses without an import. */
  packageName: string
}

/**
 * Returns the examples in the sources of all published packages.
 *
 * @throws if an example is not a fenced block of TypeScript, because the tests can run no other form
 */
export function examples(): Example[] {
  return readdirSync(PACKAGES).flatMap((folder) => {
    const { name, private: isPrivate } = JSON.parse(readFileSync(join(PACKAGES, folder, 'package.json'), 'utf8'))
    if (isPrivate) return []
    const files = readdirSync(join(PACKAGES, folder, 'src'), { recursive: true, encoding: 'utf8' })
    return files
      .filter((file) => /\.[cm]?ts$/.test(file))
      .flatMap((file) => examplesIn(join(folder, 'src', file)).map((one) => ({ ...one, packageName: name })))
  })
}

function examplesIn(file: string): Omit<Example, 'packageName'>[] {
  const [before = '', ...parts] = readFileSync(join(PACKAGES, file), 'utf8').split('@example')
  let line = before.split('\n').length
  return parts.map((part) => {
    const place = `${file}:${line}`
    line += part.split('\n').length - 1
    const [, block] = /^\n *\* ```ts\n(.*?)^ *\* ```\n/ms.exec(part) ?? []
    if (block === undefined) throw new Error(`${place}: put the code of an @example into a block: \`\`\`ts … \`\`\``)
    return { place, code: block.replaceAll(/^ *\* ?/gm, '') }
  })
}

/** Returns the server that an example needs; undefined if it needs none. */
export function serverOf({ code }: Example): ServerKind | undefined {
  return [...SERVERS].find(([url]) => code.includes(url))?.[1]
}

/** Compiles examples, and returns the compiler's output, which is empty if there is no error. */
export async function typeErrorsIn(all: readonly Example[]): Promise<string> {
  const folder = new AppFolder()
  try {
    folder.write('tsconfig.json', JSON.stringify({ compilerOptions: COMPILER_OPTIONS }))
    folder.write('names.mts', readFileSync(join(__dirname, 'doc-example-names.ts'), 'utf8'))
    for (const example of all) folder.write(`${fileOf(example)}.mts`, moduleOf(example))
    return spawnSync(process.execPath, [TSC, '-p', folder.path], { encoding: 'utf8' }).stdout
  } finally {
    await folder.remove()
  }
}

/** Runs examples one after another in a new process. Rejects if an example fails or prints an error. */
export async function runExamples(all: readonly Example[], url = ''): Promise<void> {
  const folder = new AppFolder()
  try {
    folder.write('names.mjs', javaScriptOf(readFileSync(join(__dirname, 'doc-example-names.ts'), 'utf8')))
    for (const example of all) {
      const code = [...SERVERS.keys()].reduce((done, shown) => done.replaceAll(shown, url), moduleOf(example))
      folder.write(`${fileOf(example)}.mjs`, javaScriptOf(code))
    }
    const places = all.map((example) => [example.place, `./${fileOf(example)}.mjs`])
    // A database client that an example does not close would keep the process alive.
    const end = url === '' ? '' : 'process.exit()'
    const script = `import { exampleNames, requestPages } from './names.mjs'
      for (const [place, file] of ${JSON.stringify(places)}) {
        try {
          const { default: example } = await import(file)
          const names = await exampleNames()
          await example(names)
          await requestPages(names.app)
        } catch (error) {
          console.error(place, error)
        }
      }
      ${end}`
    await folder.run(script, { env: ENVIRONMENT })
  } finally {
    await folder.remove()
  }
}

/** Returns a module whose default export runs an example. */
function moduleOf({ code, packageName }: Example): string {
  const imports = code.match(/^import .*\n/gm) ?? []
  return `import { createRequire } from 'node:module'
    import type { ExampleNames } from './names.mjs'
    ${ownImports(code, packageName)}
    ${imports.join('')}
    export default async function ({ app, bank, JournalClient, sid, store }: ExampleNames) {
      const require = createRequire(import.meta.url)
      {
${imports.reduce((rest, line) => rest.replace(line, ''), code)}
      }
    }`
}

/** Returns imports of the package's exports that the code uses. */
function ownImports(code: string, packageName: string): string {
  const { exports } = require(`${packageName}/package.json`)
  return Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => {
      const from = packageName + entry.slice(1)
      const names = Object.keys(require(from)).filter((name) => new RegExp(`\\b${name}\\b`).test(code))
      return `import { ${names.join(', ')} } from '${from}'`
    })
    .join('\n')
}

function fileOf({ place }: Example): string {
  return place.replaceAll(/[^\w-]/g, '-')
}

function javaScriptOf(code: string): string {
  return transformSync(code, { loader: 'ts', target: 'node20' }).code
}
