import { recordIn, textOf } from '../src/record-text.ts'

const RECORD = { type: 'session', id: 'a', revision: 'r', expires: 5, indices: ['value', 'user'] }

it.each([
  ['an ordinary session', '{"user":"ann","value":"x","json":1}'],
  ['numbers as they were written', '[1.0,1e2,-0,9007199254740993]'],
  ['spaces and the same key twice', '{ "a" : 1, "a":2 }'],
  ['a text that looks like the end of a head', '{"value":"\\",\\"value\\":1}","user":"\\",\\"value\\":{}"}'],
  ['names with a meaning', '{"__proto__":{"databank":"x"},"constructor":1}'],
  ['half a character', '{"user":"\\ud800","\\udfff":1}'],
  ['half a character as such', '["\ud800"]'],
  ['500 levels', `${'['.repeat(500)}${']'.repeat(500)}`],
  ['no object', 'null'],
])('gives back %s to the letter', (_name, json) => {
  const text = Buffer.from(textOf({ ...RECORD, json })).toString()
  expect(recordIn(text, 'session')).toMatchObject({ id: 'a', json, revision: 'r', expires: 5 })
})

it('gives no value where it would not be the one that counts', () => {
  expect(recordIn(textOf({ ...RECORD, json: '["\\ud800"]' }), 'session')?.value).toBeUndefined()
})

it('refuses to write what is not JSON, and does not quote it', () => {
  const write = () => textOf({ ...RECORD, json: '{"s3cret":' })
  expect(write).toThrow(expect.objectContaining({ code: 'SESSIONBANK_INVALID_VALUE', cause: undefined }))
})

it.each([
  '',
  'text',
  '{}',
  '[]',
  'null',
  '{"databank":"user","id":"a","revision":"r"}',
  '{"databank":"session","id":"a"}',
])('finds no record in %j', (text) => expect(recordIn(text, 'session')).toBeNull())
