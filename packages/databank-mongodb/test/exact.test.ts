import { wellFormed } from '@sessionbank/databank-kit'
import { BSON } from 'mongodb'
import { documentOf, type RecordDocument, recordIn } from '../src/stored-form.ts'

function afterBson(json: string) {
  const document = documentOf({ json: wellFormed(json), expires: null, tokens: {} })
  const bytes = BSON.serialize({ _id: 'a', ...document })
  return { stored: document, json: recordIn(BSON.deserialize(bytes) as RecordDocument)?.json }
}

it.each([
  ['integers that BSON stores as int32, int64 or double', '[0,1,-1,2147483648,9007199254740993,1e300,0.1]'],
  ['minus nothing', '[-0,0]'],
  ['the same key twice', '{"a":1,"a":2}'],
  ['spaces', '{ "a" : 1 }'],
  ['numbers in another notation', '{"a":1.0,"b":1e2}'],
  ['keys that JavaScript reorders', '{"b":1,"2":2,"1":3}'],
  ['special names', '{"__proto__":{"a":1},"_bsontype":"ObjectId","toBSON":1,"$ref":1,"$id":2,"constructor":3}'],
  ['an empty key, one with a dot, a dollar or a NUL', '{"":1,"a.b":2,"$":3,"a\\u0000b":4,"":{"":{}}}'],
  ['lone surrogates', '["\\ud800",{"\\udfff":1}]'],
  ['200 levels', `${'[{"a":'.repeat(100)}1${'}]'.repeat(100)}`],
  ['20,000 levels', '['.repeat(20_000) + ']'.repeat(20_000)],
  ['no object', '"text"'],
  ['null', 'null'],
  ['text that is not JSON', 'not JSON'],
])('the exact text of %s is returned', (_name, json) => {
  expect(afterBson(json).json).toBe(json)
})

it('the exact text of any value is returned', () => {
  const random = generator(20_260_101)
  for (let n = 0; n < 3_000; n++) {
    const json = JSON.stringify(anything(random, 4))
    expect(afterBson(json).json).toBe(json)
  }
})

it('an ordinary session is stored only as a value', () => {
  const session = { cookie: { originalMaxAge: 86_400_000, expires: '2030-01-01T00:00:00.000Z' }, n: 1, list: [1, 2.5] }
  expect(afterBson(JSON.stringify(session)).stored.json).toBeUndefined()
})

it('a text with a lone surrogate is stored as an equivalent text', () => {
  expect(afterBson('["\ud800"]').json).toBe('["\\ud800"]')
})

const KEYS = [
  'a',
  'b',
  '1',
  '0',
  '',
  '.',
  'a.b',
  '$a',
  '__proto__',
  '_bsontype',
  '_id',
  'length',
  'a\0',
  '\ud83d',
  '😀',
  'toBSON',
]
const LEAVES = [0, -0, 1, -1, 2 ** 31, 2 ** 53, 1e21, 0.1, '', 'x', '\0', '\udc00', '\\ud800', '😀', true, false, null]

function anything(random: () => number, depth: number): unknown {
  const pick = <T>(from: T[]) => from[Math.floor(random() * from.length)] as T
  if (depth === 0 || random() < 0.4) return pick(LEAVES)
  const size = Math.floor(random() * 4)
  if (random() < 0.3) return Array.from({ length: size }, () => anything(random, depth - 1))
  return Object.fromEntries(Array.from({ length: size }, () => [pick(KEYS), anything(random, depth - 1)]))
}

/** Returns the same numbers in each run (mulberry32), so that a failure is reproducible. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
