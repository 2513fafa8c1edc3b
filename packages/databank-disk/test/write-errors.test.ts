import { failureOf } from '../src/failures.ts'

// The kernel makes a file system read-only after an error of the disk; lmdb gives the number where Node gives the name.
it.each([30, 'EROFS'])('a write to a disk that has become read-only (%s) says so, and what to do', (code) => {
  expect(failureOf({ code })).toMatchObject({
    outcome: 'refused',
    message: expect.stringMatching(/read-only: nothing was written.*restart/),
  })
})
