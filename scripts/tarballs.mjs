// Packs published packages, and their dependencies in this repository, into the folder `tarballs`. Prints how an app
// installs them. Usage: npx -y pnpm@10 tarballs [name …], such as express-databank-store databank-disk. Default: all.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pack } from './packed-app.mjs'
import { manifestIn, publishedPackages } from './published.mjs'

const SCOPE = '@sessionbank/'

const published = publishedPackages().map(({ folder }) => basename(folder))
const asked = process.argv.slice(2).map((name) => name.replace(SCOPE, ''))
const unknown = asked.find((name) => !published.includes(name))
if (unknown !== undefined) fail(`unknown package ${unknown}: known names are ${published.join(', ')}`)

const { status } = spawnSync('turbo', ['run', 'build', '--output-logs=errors-only'], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
const folder = resolve('tarballs')
mkdirSync(folder, { recursive: true })
const needed = withDependencies(asked.length > 0 ? asked : published)
const packed = needed.map((name) => pack(join('packages', name), folder))
console.log(`\nPacked ${packed.length} packages. In the folder of your app:\n\nnpm install ${packed.join(' ')}`)

function withDependencies(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue
    found.add(name)
    const ours = Object.keys(manifestIn(join('packages', name)).dependencies ?? {}).filter((dependency) =>
      dependency.startsWith(SCOPE),
    )
    withDependencies(
      ours.map((dependency) => dependency.slice(SCOPE.length)),
      found,
    )
  }
  return [...found]
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
