import { checkDriverOptions, nearestName, unknownName } from '../src/index.ts'

const KNOWN = ['type', 'ttl', 'touchAfter', 'maxBytes', 'cleanupInterval', 'timeout', 'schema']

describe('an unknown option', () => {
  it.each([
    ['shema', 'schema'],
    ['timout', 'timeout'],
    ['Timeout', 'timeout'],
    ['maxbytes', 'maxBytes'],
    ['touch_after', 'touchAfter'],
    ['cleanup', 'cleanupInterval'],
    ['typ', 'type'],
  ])('is reported with the nearest known name: %s', (name, meant) => {
    expect(unknownName({ type: 'x', [name]: 'pa55word' }, KNOWN)).toBe(
      `"${name}": did you mean "${meant}"? Known names are ${KNOWN.join(', ')}`,
    )
  })

  it.each(['cluster', 'x', 'to', '', 'constructor', '__proto__'])(
    'has no suggestion if no name is near: %p',
    (name) => {
      const given = Object.fromEntries([[name, 'pa55word']])
      expect(unknownName(given, KNOWN)).toBe(`"${name}": known names are ${KNOWN.join(', ')}`)
    },
  )

  it('is truncated if it is long, and shown without control characters', () => {
    const name = `a\n\u0007"${'b'.repeat(1_000_000)}`
    expect(unknownName({ [name]: 1 }, KNOWN)).toMatch(/^"a\\n\\u0007\\"b{36}…": known names are type, /)
  })

  it('is refused by a driver, and known options are not', () => {
    const check = (params: object) => () => checkDriverOptions<{ dir?: string }>('disk', params, { dir: true })
    expect(check({ dir: 'x', schema: {} })).not.toThrow()
    expect(check({ dir: 'x', shema: 'pa55word' })).toThrow(
      expect.objectContaining({
        code: 'SESSIONBANK_INVALID_OPTION',
        message:
          'unknown option of the disk driver "shema": did you mean "schema"? Known names are dir, schema, driver, retry',
      }),
    )
  })
})

it('the nearest of several names is suggested', () => {
  expect(nearestName('postgress', ['postgres', 'postgresql'])).toBe('postgres')
  expect(nearestName('postgresq', ['postgres', 'postgresql'])).toBe('postgres')
  expect(nearestName('rediss', ['redis', 'rediss'])).toBe('rediss')
})
