import { promisify } from 'node:util'
import { ReferenceDatabank } from './reference-databank.ts'

const VALUES = [
  { sid: '1', user: 'ann' },
  { sid: '2', user: { link: 'ann', length: 'x' } },
  { sid: '3', user: [] },
  'text',
  5,
  null,
]

/** Paths to built-in properties, and texts that are stored. */
const CRITERIA: [field: string, value: string][] = [
  ['user', 'ann'],
  ['user.link', 'ann'],
  ['user.length', 'x'],
  ['user.0', 'a'],
  ['constructor.name', 'Object'],
  ['constructor.name', 'String'],
  ['__proto__', '[object Object]'],
  ['user.link.name', 'link'],
  ['user.map.name', 'map'],
  ['user.constructor.name', 'Array'],
]

async function answers(field: string, value: string, indices: string[]): Promise<string[]> {
  const bank = new ReferenceDatabank({ schema: { t: { indices } } })
  await promisify(bank.connect.bind(bank))({})
  for (const [n, each] of VALUES.entries()) await promisify(bank.create.bind(bank))('t', `${n}`, each as object)
  const seen: string[] = []
  await promisify(bank.search.bind(bank))('t', { [field]: value }, (found) => seen.push(JSON.stringify(found)))
  return seen.sort()
}

// The reference driver compares strictly, as an index does.
it.each(CRITERIA)('a search for %s = %s has the same results with an index', async (field, value) => {
  const found = await answers(field, value, [])
  expect(found).not.toEqual([])
  expect(await answers(field, value, [field])).toEqual(found)
})

it('a search for ordinary text uses the index', async () => {
  const bank = new ReferenceDatabank({ schema: { t: { indices: ['user', 'profile.team'] } } })
  await promisify(bank.connect.bind(bank))({})
  const asked: unknown[] = []
  const records = bank.records('t')
  bank.records = () =>
    Object.assign(records, {
      find(...question: Parameters<typeof records.find>) {
        asked.push(question)
        return records.entries()
      },
    })
  const search = promisify(bank.search.bind(bank))
  for (const criteria of [{ plan: 'x', user: 'ann' }, { 'profile.team': 'red', user: 5 }, { user: '5' }]) {
    await search('t', criteria, () => {})
  }
  expect(asked).toEqual([
    ['user', 'ann'],
    ['profile.team', 'red'],
  ])
})
