import * as fc from 'fast-check'
import { changedInPlace as changedUpTo, fieldsIn, objectWith } from '../src/json-fields.ts'
import { changedKeys, merge } from '../src/merge.ts'

/** JSON texts of objects as other programs may write them: with white space, escapes, repeated keys and odd numbers. */
const space = fc.stringMatching(/^[ \t\n\r]{0,2}$/)
const string = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\u0061"',
    '"\\\\"',
    '"\\""',
    '"{"',
    '"}"',
    '",:"',
    '"__proto__"',
    '"\\\\\\""',
    '"a"',
    '"\\/"',
    '""',
  ),
)
const number = fc.constantFrom('0', '-0', '1.0', '1e3', '12345678901234567890', '0.10', '-1E-2')
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    string,
    number,
    fc.constantFrom('null', 'true', 'false', '[]', '{}', '[ ]', '{ }'),
    fc.array(fc.tuple(space, tie('value'), space).map((parts) => parts.join(''))).map((items) => `[${items.join()}]`),
    fc
      .array(
        fc.tuple(space, string, space, fc.constant(':'), space, tie('value'), space).map((parts) => parts.join('')),
      )
      .map((members) => `{${members.join()}}`),
  ),
}))
const objects = fc
  .tuple(space, fc.array(fc.tuple(space, string, space, space, value, space)), space)
  .map(([before, members, after]) => {
    const texts = members.map(([a, key, b, c, text, d]) => `${a}${key}${b}:${c}${text}${d}`)
    return `${before}{${texts.join()}}${after}`
  })

/** Returns the entries that `JSON.parse` finds, including `__proto__`. */
const entries = (json: string) => new Map(Object.entries(JSON.parse(json)))

describe('fieldsIn', () => {
  it('finds the keys and values that JSON.parse finds', () => {
    fc.assert(
      fc.property(objects, (json) => {
        const found = [...fieldsIn(json)].map(([key, text]) => [key, JSON.parse(text)] as const)
        expect(new Map(found)).toEqual(entries(json))
      }),
    )
  })

  it('keeps each text unchanged', () => {
    const fields = fieldsIn('{"n": 12345678901234567890, "s":"\\u0061", "o": { "x" : 1.0 } }')
    expect([...fields]).toEqual([
      ['n', '12345678901234567890'],
      ['s', '"\\u0061"'],
      ['o', '{ "x" : 1.0 }'],
    ])
  })
})

describe('objectWith', () => {
  it('is the inverse of fieldsIn', () => {
    fc.assert(
      fc.property(objects, (json) => {
        const fields = fieldsIn(json)
        expect(fieldsIn(objectWith(fields))).toEqual(fields)
        expect(entries(objectWith(fields))).toEqual(entries(json))
      }),
    )
  })
})

describe('changedInPlace', () => {
  const changedInPlace = (base: string, mine: string) => changedUpTo(base, base.length - 1, mine)

  /** Edits of an app: keys that are changed, added and deleted. */
  const edits = fc.array(fc.tuple(fc.nat(9), fc.constantFrom('change', 'add', 'delete'), fc.integer()), {
    maxLength: 3,
  })

  function edited(json: string, changes: [number, string, number][]): string {
    const session = JSON.parse(json)
    for (const [at, edit, value] of changes) {
      const keys = Object.keys(session)
      const key = edit === 'add' ? `new${at}` : (keys[at % keys.length] ?? 'first')
      if (edit === 'delete') delete session[key]
      else Object.defineProperty(session, key, { value, enumerable: true, configurable: true, writable: true })
    }
    return JSON.stringify(session)
  }

  it('returns the same keys as a comparison of all keys, but only if `mine` equals the merged result', () => {
    const texts = fc.oneof(
      objects,
      objects.map((json) => JSON.stringify(JSON.parse(json))),
    )
    fc.assert(
      fc.property(texts, edits, (base, changes) => {
        const mine = edited(base, changes)
        const keys = changedInPlace(base, mine)
        fc.pre(keys !== null)
        const fields = { base: fieldsIn(base), mine: fieldsIn(mine) }
        expect(keys).toEqual(changedKeys(fields.base, fields.mine))
        expect(merge(fields.base, fields.mine, keys as string[])).toEqual(fields.mine)
      }),
    )
  })

  it('recognizes changed and added keys in a text of this store', () => {
    const own = objects.map((json) => JSON.stringify(JSON.parse(json)))
    fc.assert(
      fc.property(own, edits, (base, changes) => {
        const kept = changes.filter(([, edit]) => edit !== 'delete')
        expect(changedInPlace(base, edited(base, kept))).not.toBeNull()
      }),
    )
  })

  it.each([
    ['a value is only spelled differently', '{"n":1.0,"a":1}', '{"n":1,"a":2}'],
    ['a key was deleted', '{"a":1,"b":2}', '{"b":2}'],
    ['the last key was deleted', '{"a":1,"b":2}', '{"a":1}'],
    ['the order differs', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['a key is repeated', '{"a":1,"a":2}', '{"a":2}'],
    ['there is white space', '{"a": 1}', '{"a":1}'],
  ])('returns null if %s', (_, base, mine) => {
    expect(changedInPlace(base, mine)).toBeNull()
  })

  it('treats a longer value with the same beginning as a change', () => {
    expect(changedInPlace('{"n":12,"s":"a,b"}', '{"n":1,"s":"a"}')).toEqual(['n', 's'])
  })
})
