// Installs packed packages into apps, like a user.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The packages of a small app without Sessionbank, and those that Sessionbank adds to it. */
export const SMALL_APP = ['express@5', 'express-session@1']
export const OURS_IN_SMALL_APP = [
  'databank-kit',
  'session-core',
  'databank-memory',
  'databank-disk',
  'express-databank-store',
]

/** Packs the package in a folder, and returns the path of the tarball. */
export function pack(folder, destination) {
  const output = execFileSync('npx', ['-y', 'pnpm@10', 'pack', '--json', '--pack-destination', destination], {
    cwd: folder,
    encoding: 'utf8',
    // Hides npm's warnings about settings of pnpm.
    stdio: 'pipe',
  })
  return JSON.parse(output.slice(output.indexOf('{'))).filename
}

/** Creates the folder of an app if necessary, and installs packages there with npm. */
export function install(app, packages) {
  mkdirSync(app, { recursive: true })
  writeFileSync(join(app, 'package.json'), '{"name": "app", "private": true}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], {
    cwd: app,
    stdio: 'inherit',
  })
}

/** Returns the folders of all packages that are installed in an app, such as `node_modules/lmdb`. */
export function installedIn(app) {
  const { packages } = JSON.parse(readFileSync(join(app, 'node_modules/.package-lock.json'), 'utf8'))
  return Object.keys(packages)
}
