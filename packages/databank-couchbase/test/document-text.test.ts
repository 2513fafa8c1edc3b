import { contentOf, documentText } from '../src/stored-form.ts'

const RECORD = { revision: 'r', expires: 5, tokens: { value: 'value="x"', user: null } }

function textOf(json: string): string {
  return documentText('session', 'a', { ...RECORD, json })
}

it.each([
  ['an ordinary session', '{"user":"ann","value":"x","json":1}'],
  ['numbers in another notation', '[1.0,1e2,-0,9007199254740993]'],
  ['spaces and the same key twice', '{ "a" : 1, "a":2 }'],
  ['text that looks like the end of a head', '{"value":"\\",\\"value\\":1}","user":"\\",\\"value\\":{}"}'],
  ['special names', '{"__proto__":{"databank":"x"},"constructor":1}'],
  ['escaped lone surrogates', '{"user":"\\ud800","\\udfff":1}'],
  ['a lone surrogate', '["\ud800"]'],
  ['500 levels', `${'['.repeat(500)}${']'.repeat(500)}`],
  ['no object', 'null'],
  ['text that is not JSON', '{"user":'],
  ['text that other parsers accept as JSON', '\u00a0null'],
])('the exact text of %s is returned', (_name, json) => {
  const text = Buffer.from(textOf(json)).toString()
  expect(contentOf(text, 'session')).toMatchObject({
    id: 'a',
    tokens: ['value="x"'],
    record: { json, revision: 'r', expires: 5 },
  })
})

it('a record has no parsed value if its text is stored as a string', () => {
  expect(contentOf(textOf('["\\ud800"]'), 'session')?.record.value).toBeUndefined()
})

it('a touch without tokens keeps the stored ones', () => {
  const text = documentText('session', 'a', { json: '{}', revision: 'r', expires: 5 }, ['user="ann"'])
  expect(contentOf(text, 'session')?.tokens).toEqual(['user="ann"'])
})

it.each([
  '',
  'text',
  '{}',
  '[]',
  'null',
  '{"databank":"user","id":"a","revision":"r"}',
  '{"databank":"session","id":"a"}',
])('%j is not a record', (text) => expect(contentOf(text, 'session')).toBeNull())
