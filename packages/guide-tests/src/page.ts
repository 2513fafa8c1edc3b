import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const GUIDES = join(__dirname, '../../../docs/guides')

/** A fenced block of a page. */
export interface Block {
  language: string
  code: string
}

/** A file of an app, assembled from blocks of a page. */
export interface AppFile {
  name: string
  code: string
}

/** Returns the names of all guides. */
export function guides(): string[] {
  return readdirSync(GUIDES).filter((name) => name.endsWith('.md'))
}

/** Returns the fenced blocks of a guide, or only those in a language. */
export function blocksOf(guide: string, language?: string): Block[] {
  const text = readFileSync(join(GUIDES, guide), 'utf8')
  const fences = [...text.matchAll(/^ *```/gm)].length
  const blocks = Array.from(text.matchAll(/^```(\w+)\n(.*?)^```$/gms), ([, found, code]) => ({
    language: found as string,
    code: code as string,
  }))
  if (fences !== 2 * blocks.length) throw new Error(`${guide} has a block without a language, or one that is indented`)
  return blocks.filter((block) => language === undefined || block.language === language)
}

/** Returns the block of a guide that contains the words. */
export function block(guide: string, words: string): string {
  const found = blocksOf(guide).find(({ code }) => code.includes(words))
  if (!found) throw new Error(`${guide} has no block with ${words}`)
  return found.code
}

/** Returns the files of a guide's app: a block that begins with `// name` begins a file, and others continue it. */
export function filesOf(guide: string): AppFile[] {
  const files: AppFile[] = []
  for (const { code } of blocksOf(guide, 'ts')) {
    const [, name] = /^\/\/ (\S+\.m?ts)\n/.exec(code) ?? []
    if (name) files.push({ name, code })
    else if (files.length === 0) throw new Error(`${guide} does not name the file of its first block`)
    else (files.at(-1) as AppFile).code += code
  }
  return files
}

/** Returns the rows of the table with these titles in a guide, without the quotes around code. */
export function rowsOf(guide: string, ...titles: string[]): string[][] {
  const lines = readFileSync(join(GUIDES, guide), 'utf8').split('\n')
  const first = lines.indexOf(`| ${titles.join(' | ')} |`)
  if (first < 0) throw new Error(`${guide} has no table with ${titles.join(', ')}`)
  const rows = lines.slice(first + 2)
  return rows.slice(0, rows.indexOf('')).map((row) => row.slice(1, -1).split('|').map(withoutQuotes))
}

function withoutQuotes(cell: string): string {
  return cell.trim().replace(/^`(.*)`$/, '$1')
}

/** Returns code with a part replaced. Throws if the part is missing. */
export function replaced(code: string, part: RegExp | string, by: string): string {
  const isThere = typeof part === 'string' ? code.includes(part) : part.test(code)
  if (!isThere) throw new Error(`there is no ${part} to replace`)
  return typeof part === 'string' ? code.replaceAll(part, () => by) : code.replace(part, () => by)
}

/** Returns the packages that a guide installs. */
export function installedBy(guide: string): string[] {
  const lines = blocksOf(guide, 'sh').flatMap(({ code }) => code.split('\n'))
  return lines
    .filter((line) => line.startsWith('npm install '))
    .flatMap((line) => line.split(' ').slice(2))
    .filter((word) => !word.startsWith('-'))
}

/** Returns the packages that code imports at run time, and those that it imports only for types. */
export function importedBy(code: string): { run: string[]; types: string[] } {
  const imports = [...code.matchAll(/^import (type )?(?:[^']*? from )?'([^'.][^']*)'$/gm)]
  const packages = (isType: boolean) =>
    imports
      .filter(([, type, name]) => Boolean(type) === isType && !name?.startsWith('node:'))
      .map(([, , name = '']) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
  return { run: packages(false), types: packages(true) }
}
