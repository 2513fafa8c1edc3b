import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const typesOfNode = require.resolve('@types/node/package.json')
/** The other packages of an app, by their package.json. */
const OTHERS = {
  '@types/node': typesOfNode,
  'undici-types': createRequire(typesOfNode).resolve('undici-types/package.json'),
  'expect-type': require.resolve('expect-type/package.json'),
}

/**
 * Copies an app to a folder where only some packages of this repository are installed, and returns its path. Disposing
 * it removes the folder.
 */
export function installed(app: string, packages: readonly string[]): { folder: string } & Disposable {
  const root = mkdtempSync(join(tmpdir(), 'sessionbank-types-'))
  const apps = join(__dirname, '../apps')
  cpSync(join(apps, app), join(root, 'apps', app), { recursive: true })
  cpSync(join(apps, '../tsconfig.app.json'), join(root, 'tsconfig.app.json'))
  for (const name of packages) {
    const from = resolve(__dirname, '../..', name)
    for (const part of ['package.json', 'dist']) {
      cpSync(join(from, part), join(root, 'node_modules/@sessionbank', name, part), { recursive: true })
    }
  }
  for (const [name, manifest] of Object.entries(OTHERS)) {
    cpSync(dirname(manifest), join(root, 'node_modules', name), { recursive: true, dereference: true })
  }
  return { folder: join(root, 'apps', app), [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) }
}
