import * as assert from 'node:assert/strict'
import { type Chapter, collect, idsOf, soon } from './suite.ts'

/** Values that some databases change. */
const VALUES: Record<string, unknown> = {
  'dots, dollars and empty keys': { 'a.b': 1, $set: { $inc: 2 }, '': 3, ' ': 4, 'a b': { '.': 5, $: 6 } },
  'names on Object.prototype as keys': JSON.parse(
    '{"__proto__":{"admin":true},"constructor":1,"toString":"x","hasOwnProperty":0}',
  ),
  'NUL in keys and strings': { 'a\u0000b': 'c\u0000d', nested: ['\u0000', { '\u0000': '\u0000' }] },
  'lone surrogates': { high: '\ud800', low: 'x\udc00y', '\udfff': 1, pair: '\ud83d\ude00' },
  'numbers to the last bit': [0.1 + 0.2, 5e-324, 1.7976931348623157e308, 9007199254740991, -1.5e-7, 1e21, 123456789012],
  'large integers': { n: 4294967296, big: 9007199254740992, small: -2147483649 },
  'text that looks like dates, numbers or SQL': [
    '2020-01-01T00:00:00.000Z',
    'null',
    '123',
    '{"a":1}',
    "'; DROP TABLE x; --",
  ],
  'text in many scripts': {
    ß: 'ſ',
    日本: '語',
    العربية: 'نص',
    '\u2028': '\u2029',
    emoji: '👩‍👩‍👧‍👦',
    combining: 'e\u0301',
  },
  'empty values': { object: {}, array: [], string: '', nothing: null, no: false, zero: 0 },
  'the order of keys': { z: 1, a: 2, m: { y: 1, b: 2 } },
  'keys with a meaning in BSON': {
    _bsontype: 'ObjectId',
    _id: 5,
    id: 'abc',
    toBSON: 1,
    $oid: '5f',
    $numberLong: '7',
    $date: 0,
  },
}

/** Texts that change when they are parsed and written again. */
const TEXTS: string[] = [
  '{"sid":"a","n":-0}',
  '{"sid":"a","n":9007199254740993}',
  '{"sid":"a","n":1e400,"m":-1E+400,"z":1e-400}',
  '{"sid":"a","n":1.0,"m":1E2,"z":0.10}',
  '{"sid":"a","n":123456789012345678901234567890.123456789}',
  '{"sid":"a","n":1,"n":2}',
  '{"sid":"a","n":{"2":1,"1":2,"b":3,"a":4}}',
  ' \t\r\n{ "sid" : "a" , "n" : [ 1 ,2] }\n',
  '{"sid":"a","n":"\\u0041\\/\\u00e9\\u2028"}',
  '{"sid":"a","n":"\u2028\u2029\u007f"}',
  '"text"',
  '-0',
  ' null ',
  '[]',
]

/** The limit of MongoDB's documents. */
const DEPTH = 100

/** Ids that a driver must accept, and keep apart. */
const IDS = [
  'constructor',
  '__proto__',
  'toString',
  'a b',
  ' a',
  'a ',
  'a:b',
  'a/b',
  'a\\b',
  '.',
  '..',
  '../a',
  '{a}',
  '{a}b',
  'a%20b',
  'a*b?[c]',
  '$a.b',
  'a\'b"c`d',
  'ünïcödé-語-😀',
  'e\u0301',
  'é',
  'A',
  'a',
  '123',
  '0123',
  'x'.repeat(64),
  'x'.repeat(65),
  `${'y'.repeat(180)}1`,
  `${'y'.repeat(180)}2`,
]

/** Ids that a driver may refuse, but must not change. */
const EXOTIC_IDS = [
  'a\u0000b',
  '\u0000',
  `${'z'.repeat(80)}\u0000`,
  '\ud800',
  `${'z'.repeat(80)}\udc00`,
  'w'.repeat(512),
  '語'.repeat(512),
]

export function fidelity({ driver, it, records }: Chapter): void {
  for (const [name, value] of Object.entries(VALUES)) {
    it(`stores ${name}`, async () => {
      const r = records()
      const json = JSON.stringify({ sid: 'a', value })
      const revision = (await r.write('a', json, { expires: soon() })) as string
      assert.equal((await r.read('a'))?.json, json)
      assert.deepEqual(
        (await collect(r.entries())).map(([, record]) => record.json),
        [json],
      )
      const changed = JSON.stringify({ sid: 'a', value, more: value })
      assert.notEqual(await r.write('a', changed, { expires: null, ifRevision: revision }), null)
      assert.equal((await r.read('a'))?.json, changed)
    })
  }

  if (driver.exactText !== false) {
    it('returns the exact text of a record', async () => {
      const r = records()
      for (const [n, json] of TEXTS.entries()) {
        const id = `id-${n}`
        const revision = (await r.write(id, json, { expires: soon(), ifRevision: null })) as string
        assert.equal((await r.read(id))?.json, json)
        assert.equal(await r.touch(id, null), true)
        assert.equal((await r.read(id))?.json, json)
        const other = TEXTS.at(n - 1) as string
        assert.notEqual(await r.write(id, other, { expires: soon(), ifRevision: revision }), null)
        assert.equal((await r.read(id))?.json, other)
      }
      const texts = (await collect(r.entries())).map(([, record]) => record.json)
      assert.deepEqual(texts.sort(), [...TEXTS].sort())
    })
  }

  it('keeps the value of a text with lone surrogates', async () => {
    const r = records()
    const value = { sid: 'a', user: 'x\ud800y', '\udc00': ['\udfff', '\ud83d\ude00'] }
    const raw = '{"sid":"a","user":"x\ud800y","\udc00":["\udfff","\ud83d\ude00"]}'
    const revision = (await r.write('a', raw, { expires: soon() })) as string
    assert.deepEqual(JSON.parse((await r.read('a'))?.json as string), value)
    assert.deepEqual(await idsOf(r.find('user', value.user)), ['a'])
    assert.notEqual(await r.write('a', raw, { expires: null, ifRevision: revision }), null)
    for await (const [, record] of r.entries()) assert.deepEqual(JSON.parse(record.json), value)
  })

  it(`stores ${DEPTH} levels of arrays and objects`, async () => {
    const r = records()
    const arrays = `{"sid":"a","user":"ann","deep":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`
    const objects = `{"sid":"a","user":"ann","deep":${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}}`
    for (const [id, json] of Object.entries({ arrays, objects })) {
      const revision = (await r.write(id, json, { expires: soon() })) as string
      assert.equal((await r.read(id))?.json, json)
      assert.notEqual(await r.write(id, json, { expires: null, ifRevision: revision }), null)
      assert.equal((await r.read(id))?.json, json)
    }
    assert.deepEqual(await idsOf(r.find('user', 'ann')), ['arrays', 'objects'])
  })

  it('stores a text of 1 MiB', async () => {
    const r = records()
    const json = JSON.stringify({ sid: 'a', text: 'é"\\'.repeat(175_000) })
    const revision = (await r.write('a', json, { expires: soon() })) as string
    assert.equal((await r.read('a'))?.json, json)
    assert.notEqual(await r.write('a', '{"sid":"a"}', { expires: null, ifRevision: revision }), null)
  })

  it('keeps records with hostile or similar ids apart', async () => {
    const r = records()
    for (const [n, id] of IDS.entries()) {
      const revision = await r.write(id, JSON.stringify({ sid: id, n }), { expires: soon(), ifRevision: null })
      assert.notEqual(revision, null, `${id} was taken for another id`)
    }
    for (const [n, id] of IDS.entries()) {
      assert.equal((await r.read(id))?.json, JSON.stringify({ sid: id, n }))
      assert.equal(await r.touch(id, null), true)
    }
    assert.deepEqual((await collect(r.entries())).map(([id]) => id).sort(), [...IDS].sort())
    for (const id of IDS) assert.equal(await r.delete(id), true)
    assert.equal(await r.count(), 0)
  })

  it('stores a record under an unusual id, or refuses the id with InvalidIdError', async () => {
    const r = records()
    const kept: string[] = []
    for (const id of EXOTIC_IDS) {
      try {
        await r.write(id, '{"sid":"exotic"}', { expires: soon(), ifRevision: null })
        kept.push(id)
        assert.notEqual(await r.read(id), null)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'SESSIONBANK_INVALID_ID')
        assert.equal(await r.read(id), null, 'a refused id is not found')
        assert.equal(await r.delete(id), false)
      }
    }
    assert.deepEqual((await collect(r.entries())).map(([id]) => id).sort(), [...kept].sort())
  })
}
