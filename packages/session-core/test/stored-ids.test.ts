import { createHash } from 'node:crypto'
import { digestOfStored, isHashedId, StoredIds } from '../src/stored-ids.ts'

const SID = 'a-random-session-id'
const DIGEST = createHash('sha256').update(SID).digest('base64url')
const HASHED = `h1:${DIGEST}`

describe('the ids of a bank', () => {
  it.each([
    [false, SID, null],
    [true, HASHED, null],
    ['migrate', HASHED, SID],
  ] as const)('are the new id and a possible older id of a session, with hashIds: %s', (mode, id, older) => {
    const ids = new StoredIds(mode)
    expect(ids.idOf(SID)).toBe(id)
    expect(ids.olderIdOf(SID)).toBe(older)
    expect(ids.isShown(SID)).toBe(mode === false)
    expect(ids.isShown(HASHED)).toBe(false)
  })

  it.each([true, 'migrate'] as const)(
    'have one key for both forms of a session id, so that operations on both are queued (%s)',
    (mode) => {
      const ids = new StoredIds(mode)
      expect([ids.keyOf(SID), ids.keyOf(HASHED)]).toEqual([ids.idOf(SID), ids.idOf(SID)])
    },
  )

  it('contain the digest of the session id, hashed or not', () => {
    expect([digestOfStored(SID), digestOfStored(HASHED)]).toEqual([DIGEST, DIGEST])
  })

  it('are recognized as hashed only in the complete form', () => {
    expect(isHashedId(HASHED)).toBe(true)
    for (const id of ['h1:', 'h1:mine', HASHED.slice(1), `${HASHED}x`, ` ${HASHED}`, HASHED.replace(/.$/, '=')]) {
      expect(isHashedId(id)).toBe(false)
    }
  })
})
