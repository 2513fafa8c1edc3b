import * as fc from 'fast-check'
import type { SessionCookie } from '../src/cookie.ts'
import { fieldsIn } from '../src/json-fields.ts'
import { dataFieldsIn, dataIn, recordText, type SessionRecord } from '../src/session-record.ts'

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
  return { sid: SID, text, created } as SessionRecord
}

describe('dataIn', () => {
  it('finds the data of a record of ours to the letter, or does not tell', () => {
    fc.assert(
      fc.property(data, cookies, fc.constantFrom(null, 1), (own, cookie, created) => {
        const record = recordOf(recordText(SID, own, cookie, created), created)
        expect([own, null]).toContain(dataIn(record))
      }),
    )
  })

  it('tells where the data mention none of our keys and the cookie has no object in it', () => {
    fc.assert(
      fc.property(data, fc.constantFrom(null, 1), (own, created) => {
        fc.pre(own !== '{}' && !/"(cookie|sid|_bank)"/.test(own))
        expect(dataIn(recordOf(recordText(SID, own, { path: '/' }, created), created))).toBe(own)
      }),
    )
  })

  it('never tells another thing than a look at all keys, whoever wrote the record', () => {
    const members = fc.tuple(names, values).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
    const texts = fc.array(members).map((list) => `{${[...list, '"cookie":{}', '"sid":"a"'].join()}}`)
    fc.assert(
      fc.property(texts, (text) => {
        const record = recordOf(text, null)
        const own = dataIn(record)
        fc.pre(own !== null)
        expect(fieldsIn(own as string)).toEqual(dataFieldsIn(record))
      }),
    )
  })
})
