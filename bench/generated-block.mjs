import { readFileSync, writeFileSync } from 'node:fs'

const WIDTH = 120

/** Replaces the text between `<!-- bench: name -->` and `<!-- end of bench: name -->` in a file. Wraps its prose as all pages are wrapped. */
export function writeBlock(file, name, text) {
  const [begin, end] = [`<!-- bench: ${name} -->`, `<!-- end of bench: ${name} -->`]
  const page = readFileSync(file, 'utf8')
  const from = page.indexOf(begin)
  const to = page.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`${file} has no lines "${begin}" and "${end}" in this order`)
  writeFileSync(
    file,
    `${page.slice(0, from + begin.length)}\n${text.trim().split('\n').map(wrapped).join('\n')}\n${page.slice(to)}`,
  )
}

/** Wraps a line of prose; returns a table's row or a list's item as it is. */
function wrapped(line) {
  if (/^[|#-]/.test(line)) return line
  let column = 0
  return line.replace(/ ?(\S+)/g, (_, word) => {
    const isFull = column > 0 && column + 1 + word.length > WIDTH
    const before = column === 0 ? '' : isFull ? '\n' : ' '
    column = isFull || column === 0 ? word.length : column + 1 + word.length
    return before + word
  })
}
