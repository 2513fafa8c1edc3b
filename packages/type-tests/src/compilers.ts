import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import type * as typescript from 'typescript-5.9'

export const RESOLUTIONS = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
} as const

export type Resolution = keyof typeof RESOLUTIONS

/** A compiler. Returns the errors of the app in a folder, or '' if there are none. */
export interface Compiler {
  name: string
  errorsIn(folder: string, resolution: Resolution): string
}

/** The oldest supported version, the last one written in JavaScript, and the one that builds this repository. */
export const COMPILERS: readonly Compiler[] = [
  compilerInProcess('5.4', require('typescript-5.4')),
  compilerInProcess('5.9', require('typescript-5.9')),
  compilerOnItsOwn('7', require.resolve('typescript-7/package.json')),
]

/** Caches each file for all apps, because most of the time is spent on the types of the frameworks. */
function compilerInProcess(version: string, ts: typeof typescript): Compiler {
  const files = new Map<string, typescript.SourceFile | undefined>()
  return {
    name: `TypeScript ${version}`,
    errorsIn(folder, resolution) {
      const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile)
      config.compilerOptions = { ...config.compilerOptions, ...RESOLUTIONS[resolution] }
      const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, folder)
      const host = ts.createCompilerHost(options)
      host.jsDocParsingMode = ts.JSDocParsingMode.ParseForTypeErrors
      const read = host.getSourceFile
      host.getSourceFile = (name, how, ...rest) => {
        const key = JSON.stringify([name, how])
        if (!files.has(key)) files.set(key, read(name, how, ...rest))
        return files.get(key)
      }
      const found = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options, host))
      return ts.formatDiagnostics([...errors, ...found], host)
    },
  }
}

function compilerOnItsOwn(version: string, manifest: string): Compiler {
  const tsc = join(dirname(manifest), 'bin/tsc')
  return {
    name: `TypeScript ${version}`,
    errorsIn(folder, resolution) {
      const options = Object.entries(RESOLUTIONS[resolution]).flatMap(([name, value]) => [`--${name}`, value])
      const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', folder, ...options], {
        encoding: 'utf8',
      })
      return stdout + stderr
    },
  }
}
