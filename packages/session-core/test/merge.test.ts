import * as fc from 'fast-check'
import type { Fields } from '../src/json-fields.ts'
import { changedKeys, merge } from '../src/merge.ts'

const KEYS = ['a', 'b', 'c', 'd', '__proto__', '']
const fields = fc
  .dictionary(fc.constantFrom(...KEYS), fc.constantFrom('1', '2', '{"x":1}'))
  .map((object) => new Map(Object.entries(object)))

/** Returns the entries in order, for a comparison. */
function sorted(of: Fields): [string, string][] {
  return [...of].sort(([a], [b]) => (a < b ? -1 : 1))
}

describe('a merge of my and their version', () => {
  it('is the same session in either order if they changed different keys', () => {
    fc.assert(
      fc.property(fields, fields, fields, (base, mine, theirs) => {
        const changedByMe = changedKeys(base, mine)
        const changedByThem = changedKeys(base, theirs)
        fc.pre(!changedByMe.some((key) => changedByThem.includes(key)))
        expect(sorted(merge(theirs, mine, changedByMe))).toEqual(sorted(merge(mine, theirs, changedByThem)))
      }),
    )
  })

  it('has my changes and deletions, and their values of all other keys', () => {
    fc.assert(
      fc.property(fields, fields, fields, (base, mine, theirs) => {
        const changed = changedKeys(base, mine)
        const merged = merge(theirs, mine, changed)
        for (const key of KEYS) expect(merged.get(key)).toBe((changed.includes(key) ? mine : theirs).get(key))
      }),
    )
  })

  it('equals their version if I changed nothing', () => {
    fc.assert(
      fc.property(fields, fields, (base, theirs) => {
        expect(merge(theirs, base, changedKeys(base, base))).toEqual(theirs)
      }),
    )
  })
})
