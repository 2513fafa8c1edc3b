import { ReferenceDatabank } from './reference-databank.ts'

it.each([[{ t: { indices: 'user' } }], [{ t: { indices: [5] } }], [{ ok: { indices: ['user'] }, t: { indices: {} } }]])(
  'refuses %j, which would index letters or nothing',
  (schema) => {
    expect(() => new ReferenceDatabank({ schema: schema as never })).toThrow(
      expect.objectContaining({
        code: 'SESSIONBANK_INVALID_OPTION',
        message: expect.stringContaining('schema["t"].indices'),
      }),
    )
  },
)

it.each([
  ['indexes', 'indices'],
  ['Pkey', 'pkey'],
])('refuses the name %s, under which nothing would be done', (name, meant) => {
  const make = () => new ReferenceDatabank({ schema: { t: { [name]: [] } } })
  expect(make).toThrow(`schema["t"].${name} is unknown: did you mean "${meant}"?`)
})

it('takes names that the app has for itself', () => {
  const schema = { t: { pkey: 'id', indices: [], fields: [], label: 'Things' } }
  expect(new ReferenceDatabank({ schema }).schema).toBe(schema)
})

it('takes a schema without indices', () => {
  expect(new ReferenceDatabank({ schema: { t: {}, u: { indices: [] } } })).toBeInstanceOf(ReferenceDatabank)
})
