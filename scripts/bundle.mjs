// Bundles the built modules of a package into one file, because finding and loading a file takes longer than running it.
// Usage, in a package's folder: node ../../scripts/bundle.mjs <entry …>, such as `index adapter` for src/index.ts and
// src/adapter.ts
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { build } from 'esbuild'

const BUNDLE = 'modules.js'

const dist = resolve('dist')
const require = createRequire(join(dist, 'index.js'))
const entries = process.argv.slice(2).map((name) => ({ name, exports: Object.keys(require(`./${name}.js`)) }))

const { metafile } = await build({
  stdin: {
    contents: entries.map(({ name }) => `export * as ${name} from './src/${name}.ts'`).join('\n'),
    resolveDir: '.',
    loader: 'ts',
  },
  outfile: join(dist, BUNDLE),
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  metafile: true,
})

// Keeps all declarations, because the declarations of the entries refer to the others. Modules with types only are not
// in the bundle's inputs.
const bundled = Object.keys(metafile.inputs).filter((module) => module.startsWith('src/'))
for (const folder of new Set(bundled.map((module) => join(dist, relative('src', dirname(module)))))) {
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.js') && file !== BUNDLE) rmSync(join(folder, file))
  }
}
const made = require(`./${BUNDLE}`)
for (const { name, exports } of entries) {
  for (const exported of exports) assertNameOfError(exported, made[name][exported])
  const names = exports.join(', ')
  // The second line never runs. Node finds in it the names that can be imported.
  const lines = [`module.exports = require('./${BUNDLE}').${name}`, `0 && (module.exports = { ${names} })`]
  writeFileSync(join(dist, `${name}.js`), `'use strict'\n${lines.join('\n')}\n`)
  const forImport = join(dist, `${name}.mjs`)
  if (existsSync(forImport)) writeFileSync(forImport, `export { ${names} } from './${name}.js'\n`)
}

/**
 * Checks the name of a class, which errors show. esbuild renames a class if another module has the same name, or if it
 * refers to itself.
 */
function assertNameOfError(name, exported) {
  if (!(exported.prototype instanceof Error) || exported.name === name) return
  throw new Error(
    `the class ${name} is bundled as ${exported.name}: give it a unique name, and do not refer to it inside itself`,
  )
}
