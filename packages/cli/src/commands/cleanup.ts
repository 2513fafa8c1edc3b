import { type BankFlags, withBank } from '../bank.ts'
import type { Terminal } from '../terminal.ts'
import { counted, durationText } from '../text.ts'
import { EXIT } from '../user-error.ts'

/** Removes expired sessions. */
export function cleanup(terminal: Terminal, url: string, flags: BankFlags & { json?: boolean }): Promise<number> {
  return withBank(url, flags, async ({ store }) => {
    const report = await store.cleanup()
    const told = `removed ${counted(report.removed, 'expired session')} in ${durationText(report.ms)}`
    await terminal.print(flags.json ? JSON.stringify(report) : told)
    return EXIT.done
  })
}
