import { failureOf } from '../src/failures.ts'

// Linux makes a file system read-only after a disk error. lmdb reports the number, Node the name.
it.each([30, 'EROFS'])('a write to a file system that became read-only (%s) fails with advice', (code) => {
  expect(failureOf({ code })).toMatchObject({
    outcome: 'refused',
    message: expect.stringMatching(/read-only: nothing was written.*restart/),
  })
})
