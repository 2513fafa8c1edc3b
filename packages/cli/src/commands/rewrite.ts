import { rehash as rehashAll, reindex as reindexAll } from '@sessionbank/session-core/maintenance'
import { type BankFlags, type Opened, withBank } from '../bank.ts'
import { Progress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { counted } from '../text.ts'
import { EXIT } from '../user-error.ts'

/** Maximum number of handles that an error lists. */
const NAMED = 20

/** Rewrites each session as the app would: into its indexes, sealed with its newest key. */
export function reindex(terminal: Terminal, url: string, flags: BankFlags): Promise<number> {
  return withBank(url, flags, async ({ bank, options, records }) => {
    const progress = await progressOver(terminal, 'Reindexing', records)
    const { written, unreadable } = await reindexAll(bank, options, progress.tick)
    progress.end()
    await terminal.print(`rewrote ${counted(written, 'session')}`)
    return told(terminal, unreadable, 'searches still read all records')
  })
}

/** Moves each session to the hashed form of its id. */
export async function rehash(terminal: Terminal, url: string, flags: BankFlags & { yes?: boolean }): Promise<number> {
  const question = 'Sessions that the app saves meanwhile are lost. Is the app stopped?'
  if (!flags.yes && !(await terminal.confirm(question))) {
    terminal.note('nothing was changed')
    return EXIT.done
  }
  return withBank(url, flags, async ({ bank, options, records }) => {
    const progress = await progressOver(terminal, 'Hashing', records)
    const { moved, unreadable } = await rehashAll(bank, options, progress.tick)
    progress.end()
    await terminal.print(`hashed the ids of ${counted(moved, 'session')}: the app needs hashIds: true from now on`)
    return told(terminal, unreadable, 'are still stored under their plain ids')
  })
}

async function progressOver(terminal: Terminal, label: string, records: Opened['records']): Promise<Progress> {
  return new Progress(terminal, label, await records.count())
}

function told(terminal: Terminal, unreadable: readonly string[], consequence: string): number {
  if (unreadable.length === 0) return EXIT.done
  terminal.fail(
    `${counted(unreadable.length, 'record')} could not be read with these options, and ${consequence}: ` +
      `${unreadable.slice(0, NAMED).join(' ')}${unreadable.length > NAMED ? ' …' : ''}`,
  )
  return EXIT.failed
}
