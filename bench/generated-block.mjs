import { readFileSync, writeFileSync } from 'node:fs'
import { wrapped } from '../scripts/wrap.mjs'

/** Replaces the text between `<!-- bench: name -->` and `<!-- end of bench: name -->` in a file. Wraps its prose. */
export function writeBlock(file, name, text) {
  const [begin, end] = [`<!-- bench: ${name} -->`, `<!-- end of bench: ${name} -->`]
  const page = readFileSync(file, 'utf8')
  const from = page.indexOf(begin)
  const to = page.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`${file} has no lines "${begin}" and "${end}" in this order`)
  const lines = text
    .trim()
    .split('\n')
    .map((line) => (isProse(line) ? wrapped(line) : line))
  writeFileSync(file, `${page.slice(0, from + begin.length)}\n${lines.join('\n')}\n${page.slice(to)}`)
}

/** Returns false for a table's row, a list's item and a heading. */
function isProse(line) {
  return !/^[|#-]/.test(line)
}
