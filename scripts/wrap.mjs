/** The width of all pages, which the lint checks. */
const WIDTH = 120

/**
 * Wraps text like the prose of all pages.
 *
 * @param indent precedes each line but the first. Default: nothing
 */
export function wrapped(text, indent = '') {
  const [first = '', ...words] = text.split(/\s+/)
  const lines = [first]
  for (const word of words) {
    if (lines.at(-1).length + 1 + word.length <= WIDTH) lines.push(`${lines.pop()} ${word}`)
    else lines.push(indent + word)
  }
  return lines.join('\n')
}
