// Makes one file of the modules of a built package: to find and load a file takes longer than to run what is in it.
// Usage, in a package's folder: node ../../scripts/bundle.mjs <entry …>, such as `index adapter` for dist/index.js and dist/adapter.js
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const BUNDLE = 'modules.js'

const dist = resolve('dist')
const require = createRequire(join(dist, 'index.js'))
const entries = process.argv.slice(2).map((name) => ({ name, exports: Object.keys(require(`./${name}.js`)) }))

await build({
  stdin: {
    // A module is run when it is first asked for, so an entry runs no more than it did.
    contents: entries.map(({ name }) => `exports['${name}'] = () => require('./${name}.js')`).join('\n'),
    resolveDir: dist,
  },
  outfile: join(dist, BUNDLE),
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
})

// Their declarations stay: those of the entries refer to them.
for (const file of readdirSync(dist)) {
  if (file.endsWith('.js') && file !== BUNDLE) rmSync(join(dist, file))
}
for (const { name, exports } of entries) {
  const names = exports.join(', ')
  // The second line is never run. Node reads there which names can be imported.
  const lines = [`module.exports = require('./${BUNDLE}')['${name}']()`, `0 && (module.exports = { ${names} })`]
  writeFileSync(join(dist, `${name}.js`), `'use strict'\n${lines.join('\n')}\n`)
  const forImport = join(dist, `${name}.mjs`)
  if (existsSync(forImport)) writeFileSync(forImport, `export { ${names} } from './${name}.js'\n`)
}
