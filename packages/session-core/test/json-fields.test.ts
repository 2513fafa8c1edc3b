import * as fc from 'fast-check'
import { fieldsIn, objectWith } from '../src/json-fields.ts'

/** JSON texts of objects as other programs write them: with white space, escapes, repeated keys and odd numbers. */
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

/** What `JSON.parse` finds, `__proto__` included. */
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

  it('keeps each text to the letter', () => {
    const fields = fieldsIn('{"n": 12345678901234567890, "s":"\\u0061", "o": { "x" : 1.0 } }')
    expect([...fields]).toEqual([
      ['n', '12345678901234567890'],
      ['s', '"\\u0061"'],
      ['o', '{ "x" : 1.0 }'],
    ])
  })
})

describe('objectWith', () => {
  it('is the reverse of fieldsIn', () => {
    fc.assert(
      fc.property(objects, (json) => {
        const fields = fieldsIn(json)
        expect(fieldsIn(objectWith(fields))).toEqual(fields)
        expect(entries(objectWith(fields))).toEqual(entries(json))
      }),
    )
  })
})
