import { ReferenceDatabank } from './reference-databank.ts'

it.each([[{ t: { indices: 'user' } }], [{ t: { indices: [5] } }], [{ ok: { indices: ['user'] }, t: { indices: {} } }]])(
  'a schema such as %j is refused, because it would index letters or nothing',
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
])('a schema with the misspelt name %s is refused, because it would have no effect', (name, meant) => {
  const make = () => new ReferenceDatabank({ schema: { t: { [name]: [] } } })
  expect(make).toThrow(`schema["t"].${name} is unknown: did you mean "${meant}"?`)
})

it('a schema may contain names that only the app uses', () => {
  const schema = { t: { pkey: 'id', indices: [], fields: [], label: 'Things' } }
  expect(new ReferenceDatabank({ schema }).schema).toBe(schema)
})

it('a schema may have no indices', () => {
  expect(new ReferenceDatabank({ schema: { t: {}, u: { indices: [] } } })).toBeInstanceOf(ReferenceDatabank)
})
