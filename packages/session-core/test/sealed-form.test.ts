import { randomBytes } from 'node:crypto'
import { Seal } from '../src/seal.ts'

const TEXT = '{"user":"ann","cookie":{},"sid":"a"}'

describe.each([
  ['a session id', 'a'],
  ['a hashed id', `h1:${'x'.repeat(43)}`],
])('a record that is sealed under %s', (_, id) => {
  const seal = new Seal('session', { keys: [randomBytes(32), randomBytes(32)] })
  const stored = (json: string) => ({ json, revision: '1', expires: null })
  const opens = (record: ReturnType<typeof stored>): boolean => {
    try {
      return seal.open(id, record) !== null
    } catch {
      return false
    }
  }

  it.each([null, 1_900_000_000_000])('is opened (created %s)', (created) => {
    const opened = seal.open(id, stored(seal.seal(id, TEXT, created)))
    expect(opened).toMatchObject({ json: TEXT, expires: null, sealedBy: seal.sealsBy })
    expect(opened.revision).toBe('1')
  })

  it('is opened from any other JSON text of the same meaning, and from a parsed value', () => {
    const sealed = seal.seal(id, TEXT, 1_900_000_000_000)
    const value = JSON.parse(sealed)
    const reordered = { _bank: Object.fromEntries(Object.entries(value._bank).reverse()) }
    for (const json of [JSON.stringify(value, null, 1), JSON.stringify(reordered)]) {
      expect(seal.open(id, stored(json)).json).toBe(TEXT)
    }
    expect(seal.open(id, { ...stored('unread'), value }).json).toBe(TEXT)
  })

  it('is not opened with any flipped bit', () => {
    const sealed = Buffer.from(seal.seal(id, TEXT, 1_900_000_000_000))
    const opened: string[] = []
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      if (opens(stored(flipped.toString()))) opened.push(flipped.toString())
    }
    expect(opened).toEqual([])
  })

  it('is not opened with any missing, doubled or additional character', () => {
    const sealed = seal.seal(id, TEXT, null)
    const opened: string[] = []
    for (let at = 0; at < sealed.length; at++) {
      for (const middle of ['', sealed.slice(at, at + 1).repeat(2), `${sealed[at]}=`]) {
        const changed = sealed.slice(0, at) + middle + sealed.slice(at + 1)
        if (opens(stored(changed))) opened.push(changed)
      }
    }
    expect(opened).toEqual([])
  })

  it('holds any text unchanged', () => {
    for (const text of ['{}', '{"a":"\\ud800"}', '{"ü":"語🙂"}', `{"x":"${'y'.repeat(100_000)}"}`]) {
      expect(seal.open(id, stored(seal.seal(id, text, 0))).json).toBe(text)
    }
  })

  it('has a unique nonce', () => {
    const nonces = Array.from({ length: 1_000 }, () => /\.([\w-]{16})[\w-]*"/.exec(seal.seal(id, TEXT, 0))?.[1])
    expect(new Set(nonces).size).toBe(1_000)
  })
})
