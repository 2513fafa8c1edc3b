import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { InvalidSessionIdError, sessionHandle } from '../src/index.ts'

const sha256 = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

describe('a session handle', () => {
  it('is the first half of a digest of the digest of the session id', () => {
    fc.assert(
      fc.property(fc.uuid(), (sid) => {
        const digest = sha256('sessionbank handle\0', sha256(sid))
        expect(sessionHandle(sid)).toBe(digest.subarray(0, 16).toString('base64url'))
      }),
    )
  })

  it('is refused for a value that is not a session id', () => {
    for (const sid of [undefined, null, 7, '', `h1:${'x'.repeat(43)}`, 'constructor']) {
      expect(() => sessionHandle(sid as string)).toThrow(InvalidSessionIdError)
    }
  })
})
