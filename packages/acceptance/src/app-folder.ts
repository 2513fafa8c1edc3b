import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Packages of ours, as npm lays them beside the app, and what they need. */
const OURS = ['databank-kit', 'session-core', 'databank-memory', 'databank-disk', 'express-databank-store']
const NEEDED = {
  'databank-kit': 'fastest-levenshtein',
  'databank-disk': 'lmdb',
  'express-databank-store': 'express-session',
}

/** A folder with an app and its `node_modules`, outside of this repository: what is not put there is not installed. */
export class AppFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'sessionbank-app-')))

  /** @param folder where the packages are installed, within the app's folder */
  constructor(folder = '.') {
    const modules = join(this.path, folder, 'node_modules')
    mkdirSync(join(modules, '@sessionbank'), { recursive: true })
    for (const name of OURS) {
      const installed = join(modules, '@sessionbank', name)
      mkdirSync(installed)
      const from = packageFolder(name)
      cpSync(join(from, 'package.json'), join(installed, 'package.json'))
      cpSync(join(from, 'dist'), join(installed, 'dist'), { recursive: true })
    }
    for (const [from, name] of Object.entries(NEEDED)) {
      symlinkSync(join(packageFolder(from), 'node_modules', name), join(modules, name))
    }
  }

  /** Installs databank, with databank-caching and what both need, as a copy of its own. */
  installDatabank(folder = '.'): void {
    const databank = realpathSync(join(packageFolder('databank-kit'), 'node_modules/databank'))
    const caching = realpathSync(join(dirname(databank), 'databank-caching'))
    const needed = ['step', 'setimmediate'].map((name) => realpathSync(join(dirname(databank), name)))
    for (const from of [databank, caching, ...needed]) {
      const name = from.slice(dirname(from).length + 1)
      cpSync(from, join(this.path, folder, 'node_modules', name), { recursive: true, dereference: true })
    }
  }

  /** Runs a script as the app's main file, and returns what it prints. Throws what it writes to stderr if it fails. */
  run(script: string, file = 'app.cjs'): string {
    const path = join(this.path, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, script)
    // pnpm sets it for Jest, and all that this repository has installed is found by it.
    const { NODE_PATH: _, ...env } = process.env
    // From another folder, as a service manager starts it.
    const { status, stdout, stderr } = spawnSync(process.execPath, [path], { cwd: tmpdir(), env, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return stdout
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

function packageFolder(name: string): string {
  return join(__dirname, '../..', name)
}
