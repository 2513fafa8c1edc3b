import { ReferenceDatabank } from './reference-databank.ts'

it.each([[{ t: { indices: 'user' } }], [{ t: { indices: [5] } }], [{ ok: { indices: ['user'] }, t: { indices: {} } }]])(
  'refuses %j, which would index letters or nothing',
  (schema) => {
    expect(() => new ReferenceDatabank({ schema: schema as never })).toThrow(
      expect.objectContaining({
        code: 'SESSIONBANK_INVALID_PARAMS',
        message: expect.stringContaining('schema["t"].indices'),
      }),
    )
  },
)

it('takes a schema without indices', () => {
  expect(new ReferenceDatabank({ schema: { t: {}, u: { indices: [] } } })).toBeInstanceOf(ReferenceDatabank)
})
