import { readFileSync, writeFileSync } from 'node:fs'

/** Replaces the text between `<!-- bench: name -->` and `<!-- end of bench: name -->` in a file. */
export function writeBlock(file, name, text) {
  const [begin, end] = [`<!-- bench: ${name} -->`, `<!-- end of bench: ${name} -->`]
  const page = readFileSync(file, 'utf8')
  const from = page.indexOf(begin)
  const to = page.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`${file} has no lines "${begin}" and "${end}" in this order`)
  writeFileSync(file, `${page.slice(0, from + begin.length)}\n${text.trim()}\n${page.slice(to)}`)
}
