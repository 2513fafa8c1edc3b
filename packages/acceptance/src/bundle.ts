import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryFolder } from '@sessionbank/test-servers'
import { build } from 'esbuild'

/** CommonJS packages in an ES module call `require`. */
const FORMATS = {
  cjs: { file: 'app.cjs', banner: '' },
  esm: {
    file: 'app.mjs',
    banner: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
  },
} as const

export type Format = keyof typeof FORMATS

/** A package to leave out of a bundle, and this repository's package that depends on it. */
export interface Outside {
  name: string
  of: string
}

/** An app in one file, in a folder where only the packages left out of the bundle are installed. */
export interface Bundle {
  file: string
  folder: string
  remove(): void
}

/**
 * Bundles a script with esbuild, as an app's developer would.
 *
 * @param script may import `./bundled-app.mjs` and the dependencies of this package
 */
export async function bundleOf(script: string, format: Format, outside: Outside[] = []): Promise<Bundle> {
  const { path, remove } = temporaryFolder('bundle')
  const folder = realpathSync(path)
  const { file, banner } = FORMATS[format]
  await build({
    stdin: { contents: script, resolveDir: join(__dirname, 'children') },
    outfile: join(folder, file),
    bundle: true,
    minify: true,
    platform: 'node',
    format,
    banner: { js: banner },
    external: outside.map(({ name }) => name),
    logLevel: 'error',
  })
  for (const { name, of } of outside) {
    const installed = join(folder, 'node_modules', name)
    mkdirSync(dirname(installed), { recursive: true })
    symlinkSync(realpathSync(join(__dirname, '../..', of, 'node_modules', name)), installed)
  }
  return { file: join(folder, file), folder, remove }
}
