import { contentOf, documentText } from '../src/stored-form.ts'

const RECORD = { revision: 'r', expires: 5, tokens: { value: 'value="x"', user: null } }

function textOf(json: string): string {
  return documentText('session', 'a', { ...RECORD, json })
}

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
  ['what is not JSON', '{"user":'],
  ['what a parser of another language takes for JSON', '\u00a0null'],
])('gives back %s to the letter', (_name, json) => {
  const text = Buffer.from(textOf(json)).toString()
  expect(contentOf(text, 'session')).toMatchObject({
    id: 'a',
    tokens: ['value="x"'],
    record: { json, revision: 'r', expires: 5 },
  })
})

it('gives no value where it would not be the one that counts', () => {
  expect(contentOf(textOf('["\\ud800"]'), 'session')?.record.value).toBeUndefined()
})

it('keeps the tokens that are stored if a touch brings none', () => {
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
])('finds no record in %j', (text) => expect(contentOf(text, 'session')).toBeNull())
