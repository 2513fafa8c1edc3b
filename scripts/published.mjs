// The published packages of this repository.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns the package.json in a folder. */
export function manifestIn(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Returns the published packages: their folders, such as `packages/cli`, with their package.json. */
export function publishedPackages() {
  return readdirSync('packages')
    .map((name) => join('packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, ...manifestIn(folder) }))
    .filter((manifest) => !manifest.private)
}

/** Returns the names that can be imported from a package: its own, and one for each exported path. */
export function entriesOf({ name, exports }) {
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1))
}
