import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryFolder } from '@sessionbank/test-servers'
import { build } from 'esbuild'

/** `require` is what the CommonJS packages in an ES module call. */
const FORMATS = {
  cjs: { file: 'app.cjs', banner: '' },
  esm: {
    file: 'app.mjs',
    banner: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
  },
} as const

export type Format = keyof typeof FORMATS

/** A package in the repository that is to stay outside of a bundle, and the package of ours that has it. */
export interface Outside {
  name: string
  of: string
}

/** An app in one file, in a folder where nothing is installed but what had to stay outside. */
export interface Bundle {
  file: string
  folder: string
  remove(): void
}

/**
 * Bundles a script as a user of esbuild does.
 *
 * @param script may import `./bundled-app.mjs`, and what this package depends on
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
