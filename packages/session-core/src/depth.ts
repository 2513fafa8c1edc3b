/** Maximum nesting of a stored session. Frameworks call `JSON.stringify`, which fails beyond about 4,000 levels. */
export const DEEPEST_SESSION = 2_000

/** Returns whether JSON text has more levels than {@link DEEPEST_SESSION}. Nearly all texts are too short for that. */
export function isTooDeep(json: string): boolean {
  if (json.length <= 2 * DEEPEST_SESSION) return false
  if (count(json, '{') + count(json, '[') <= DEEPEST_SESSION) return false
  return depthOf(json) > DEEPEST_SESSION
}

function count(text: string, letter: string): number {
  let found = 0
  for (let at = text.indexOf(letter); at !== -1; at = text.indexOf(letter, at + 1)) found++
  return found
}

/** Returns the number of levels. Ignores brackets in strings. */
function depthOf(json: string): number {
  let [depth, deepest, isString] = [0, 0, false]
  for (let at = 0; at < json.length; at++) {
    const letter = json[at]
    if (letter === '"') isString = !isString
    else if (isString) at += letter === '\\' ? 1 : 0
    else if (letter === '{' || letter === '[') deepest = Math.max(deepest, ++depth)
    else if (letter === '}' || letter === ']') depth--
  }
  return deepest
}
