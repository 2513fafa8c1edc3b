import { Entry } from '../src/stored-form.ts'
import { Table } from '../src/table.ts'
import { TokenIndex } from '../src/token-index.ts'
import { idsOf, openBank } from './fixtures.ts'

const ANN = 'user="ann"'
const ALWAYS = { ifRevision: undefined, extend: false, now: 0 }

const countIn = ({ with: entries }: { with(): Iterator<Entry> }) => [...{ [Symbol.iterator]: entries }].length

it('an index does not grow: it drops records that are deleted, expired or cleared', () => {
  const table = new Table(['user'], null)
  const inIndex = () => countIn({ with: () => table.with('user', ANN) })
  const write = (id: string, expires: number | null) =>
    table.write(id, { json: '{"user":"ann"}', expires, tokens: { user: ANN } }, ALWAYS)
  for (const id of ['a', 'b', 'c']) write(id, id === 'b' ? 5 : null)
  expect(inIndex()).toBe(3)
  table.delete('a', 0)
  expect(inIndex()).toBe(2)
  table.removeEnded(1, 10)
  expect(inIndex()).toBe(1)
  table.clear()
  expect(inIndex()).toBe(0)
})

it('an index has an entry only under its current tokens, in each field', () => {
  const index = new TokenIndex(['user', 'team'])
  const entry = new Entry('a', { json: '{}', expires: null, tokens: {} }, '1')
  const fields = (token: string) => ['user', 'team'].map((field) => countIn({ with: () => index.with(field, token) }))
  index.set(entry, { user: 'x', team: 'x' })
  expect(fields('x')).toEqual([1, 1])
  index.set(entry, { user: 'y', team: null })
  expect([fields('x'), fields('y')]).toEqual([
    [0, 0],
    [1, 0],
  ])
  index.remove(entry)
  expect(fields('y')).toEqual([0, 0])
})

it('a record is found by its current values only', async () => {
  const records = (await openBank({ schema: { session: { indices: ['user'] } } })).records('session')
  for (const id of ['a', 'b', 'c']) await records.write(id, '{"user":"ann"}', { expires: null })
  await records.write('b', '{"user":"bob"}', { expires: null })
  await records.touch('c', Date.now() + 60_000)
  await records.delete('a')
  expect([await idsOf(records.find('user', 'ann')), await idsOf(records.find('user', 'bob'))]).toEqual([['c'], ['b']])
})
