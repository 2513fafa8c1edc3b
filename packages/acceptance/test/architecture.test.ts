import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const ROOT = join(__dirname, '../../..')
const PAGE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
const IS_PATH = /^(packages|docs|bench|examples|scripts|\.ci|\.github)\//
const IS_FILE = /^[\w./-]+\.[cm]?ts$/

function filesOf(name: string): string[] {
  const folders = ['src', 'test'].map((folder) => join(ROOT, 'packages', name, folder)).filter(existsSync)
  return folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }))
}

describe('docs/architecture.md', () => {
  const quoted = Array.from(PAGE.matchAll(/`([^`<>\n]+)`/g), ([, text]) => text as string)

  it('names only paths that exist', () => {
    const paths = quoted.filter((text) => IS_PATH.test(text))
    expect(paths.length).toBeGreaterThan(80)
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('names only files that a package has', () => {
    const known = new Set(
      readdirSync(join(ROOT, 'packages'))
        .flatMap(filesOf)
        .map((file) => basename(file)),
    )
    const files = quoted.filter((text) => IS_FILE.test(text))
    expect(files.length).toBeGreaterThan(100)
    expect(files.filter((file) => !known.has(basename(file)))).toEqual([])
  })
})
