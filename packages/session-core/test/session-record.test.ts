import * as fc from 'fast-check'
import type { SessionCookie } from '../src/cookie.ts'
import { UnreadableRecordError } from '../src/errors.ts'
import { fieldsIn } from '../src/json-fields.ts'
import { dataFieldsIn, dataIn, endOfDataIn, partsOf, recordText, type SessionRecord } from '../src/session-record.ts'

const SID = 'a'
const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('cookie', '"cookie', ',"cookie', 'sid', '_bank', '__proto__'),
)
const values = fc.oneof(fc.jsonValue(), fc.constantFrom({ cookie: {} }, '"cookie":{', ',"cookie":{}', SID))
const data = fc.dictionary(names, values).map(({ cookie: _, _bank, ...own }) => JSON.stringify(own))
const cookies = fc.constantFrom<SessionCookie>(
  {},
  { originalMaxAge: 1, path: '/' },
  { path: '}' },
  { nested: { a: 1 } },
)

function recordOf(text: string, created: number | null): SessionRecord {
  return { id: SID, text, created } as SessionRecord
}

describe('partsOf', () => {
  it.each(['1e999', '-1e999', '8.7e15', '"1"'])('does not accept a time of %s, which no Date can hold', (time) => {
    for (const key of ['created', 'expires']) {
      expect(() => partsOf(JSON.parse(`{"_bank":{"${key}":${time}}}`), SID)).toThrow(UnreadableRecordError)
    }
  })
})

describe('dataIn', () => {
  it('returns the unchanged text of the data in a record of this version', () => {
    fc.assert(
      fc.property(data, cookies, fc.constantFrom(null, 1), (own, cookie, created) => {
        const record = recordOf(recordText(SID, own, cookie, created), created)
        expect(fieldsIn(dataIn(record))).toEqual(fieldsIn(own))
        expect(endOfDataIn(record) === -1 || dataIn(record) === own).toBe(true)
      }),
    )
  })

  it("finds the end of the data without parsing if no key has a name of the store's and the cookie contains no object", () => {
    fc.assert(
      fc.property(data, fc.constantFrom(null, 1), (own, created) => {
        fc.pre(own !== '{}' && !fieldsIn(own).has('sid'))
        expect(endOfDataIn(recordOf(recordText(SID, own, { path: '/' }, created), created))).toBe(own.length - 1)
      }),
    )
  })

  it('returns the same keys as dataFieldsIn, for a record of any program', () => {
    const members = fc
      .tuple(
        names.filter((name) => name !== '_bank'),
        values,
      )
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
    const texts = fc.array(members).map((list) => `{${[...list, '"cookie":{}', '"sid":"a"'].join()}}`)
    fc.assert(
      fc.property(texts, (text) => {
        const record = recordOf(text, null)
        expect(fieldsIn(dataIn(record))).toEqual(dataFieldsIn(record))
      }),
    )
  })

  it.each([
    ['{"\\u005fbank":{"id":"a"},"n":1,"cookie":{},"sid":"a"}', { n: 1, sid: 'a' }],
    ['{"\\u0073id":"x","n":1,"cookie":{},"sid":"a"}', { n: 1 }],
    ['{"n":1,"\\u0063ookie":{},"cookie":{},"sid":"a"}', { n: 1 }],
  ])('recognizes a key of the store that is written with an escape: %s', (text, own) => {
    expect(JSON.parse(dataIn(recordOf(text, null)))).toEqual(own)
  })
})
