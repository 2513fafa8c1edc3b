// The packages of this repository that are published.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns what the package.json in a folder says. */
export function manifestIn(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Returns each published package: its folder, such as `packages/cli`, with its manifest. */
export function publishedPackages() {
  return readdirSync('packages')
    .map((name) => join('packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, ...manifestIn(folder) }))
    .filter((manifest) => !manifest.private)
}

/** Returns what a package can be asked for: by its name, and by the paths that it exports. */
export function entriesOf({ name, exports }) {
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1))
}
