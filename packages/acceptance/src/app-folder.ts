import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** This repository's packages, installed as npm does, and their dependencies. */
const OURS = ['databank-kit', 'session-core', 'databank-memory', 'databank-disk', 'express-databank-store']
const NEEDED = {
  'databank-kit': 'fastest-levenshtein',
  'databank-disk': 'lmdb',
  'express-databank-store': 'express-session',
}

/**
 * A folder with an app and its `node_modules`, outside of this repository, so that only packages put there are found.
 */
export class AppFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'sessionbank-app-')))

  /** @param folder the folder within the app's folder where the packages are installed */
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

  /** Installs a separate copy of databank and databank-caching, with their dependencies. */
  installDatabank(folder = '.'): void {
    const databank = realpathSync(join(packageFolder('databank-kit'), 'node_modules/databank'))
    const caching = realpathSync(join(dirname(databank), 'databank-caching'))
    const needed = ['step', 'setimmediate'].map((name) => realpathSync(join(dirname(databank), name)))
    for (const from of [databank, caching, ...needed]) {
      const name = from.slice(dirname(from).length + 1)
      cpSync(from, join(this.path, folder, 'node_modules', name), { recursive: true, dereference: true })
    }
  }

  /** Runs a script as the app's main file, and returns its output. If it fails, throws its stderr. */
  run(script: string, file = 'app.cjs'): string {
    const path = join(this.path, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, script)
    // pnpm sets NODE_PATH for Jest, which would let the app find all packages of this repository.
    const { NODE_PATH: _, ...env } = process.env
    // Started from another folder, as by a service manager.
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
