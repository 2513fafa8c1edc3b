import { duplicateIn } from '../src/failures.ts'

function refused(message: string, keyPattern?: object) {
  return Object.assign(new Error(message), { code: 11000, ...(keyPattern && { keyPattern }) })
}

it.each([
  ['the key', refused('E11000', { _id: 1 }), 'id'],
  ['the key of another index', refused('E11000', { 'value.user': 1 }), 'other'],
  ['the name', refused('E11000 duplicate key error collection: app.session index: _id_ dup key: { _id: "a" }'), 'id'],
  [
    'the name, as old servers do',
    refused('E11000 duplicate key error index: app.session.$_id_ dup key: { : "a" }'),
    'id',
  ],
  ['the name alone', refused('E11000 duplicate key error collection: app.session index: _id_'), 'id'],
  [
    'another name',
    refused('E11000 duplicate key error collection: app.session index: user_1 dup key: { user: "a" }'),
    'other',
  ],
  ['a name within a key', refused('E11000 dup key: { user: " index: _id_ dup key" }'), null],
  ['nothing', refused('duplicate key'), null],
  ['another refusal', Object.assign(new Error(' index: _id_ dup key'), { code: 13 }), undefined],
])('knows which index a duplicate is in by %s', (_name, error, index) => {
  expect(duplicateIn(error)).toBe(index)
})
