import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { BankUnderTest } from '../banks.ts'
import { forEachFramework } from '../frameworks.ts'

const APP = join(__dirname, '..', 'children', 'app-that-ends.mjs')
/** Timeout of a process in ms. Shorter than that of a test, so that a hanging process is reported. */
const PATIENCE = 100_000

/** A process ends when its work is done, and ignored promises do not crash it. */
export function noLeaks(kind: BankUnderTest): void {
  forEachFramework(kind, (framework, stage) => {
    it.each([
      ['closed', 'close'],
      ['forgotten', 'forget'],
    ])('lets the process end after the store is %s and the bank is disconnected', async (_, ending) => {
      // Uses a separate type, because damaged records of other tests would be reported on stderr.
      const options = { ...kind.protection, type: `ended-by-${ending}` }
      const args = [framework.name, stage.connections.url, ending, JSON.stringify(options)]
      const { killed, errors, output } = await run([APP, ...args])

      expect({ killed, errors }).toEqual({ killed: false, errors: '' })
      expect(output).toBe('visits: 2\n')
    })
  })
}

function run(args: string[]): Promise<{ killed: boolean; errors: string; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { timeout: PATIENCE }, (_error, output, errors) => {
      resolve({ killed: child.killed, errors, output })
    })
  })
}
