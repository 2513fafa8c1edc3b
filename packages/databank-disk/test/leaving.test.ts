import { run, temporaryDirectory } from './fixtures.ts'

it('a process ends after disconnect, which waits for running writes', async () => {
  expect(await run('use-and-leave.cjs', temporaryDirectory())).toBe('done')
})

it('disconnecting while streams are suspended harms neither the process nor the data', async () => {
  expect(await run('close-while-streaming.cjs', temporaryDirectory())).toBe('done')
})
