import type { Criteria, FoundSession } from '@sessionbank/session-core'
import { type BankFlags, withBank } from '../bank.ts'
import { assertKnownId, foundJson, type ListFlags, unreadableIn } from '../found.ts'
import type { Terminal } from '../terminal.ts'
import { counted, printable, relativeText } from '../text.ts'
import { EXIT } from '../user-error.ts'

/** A handle has 22 characters, a time fewer than 12. */
const WIDTHS = [22, 12, 12, 12]
const HEADINGS = ['HANDLE', 'CREATED', 'LAST USED', 'EXPIRES']

/** Lists live sessions as a stream, because a bank may have more than fit into memory. */
export function list(
  terminal: Terminal,
  url: string,
  flags: BankFlags & ListFlags & { where?: Criteria },
): Promise<number> {
  return withBank(url, flags, async ({ store }) => {
    let count = 0
    for await (const found of store.entries(flags.where)) {
      if (flags.fullIds) assertKnownId(found)
      if (count++ === 0 && !flags.json) await terminal.print(terminal.colors.bold(headings(flags)))
      await terminal.print(flags.json ? printable(JSON.stringify(foundJson(found, flags))) : row(found, flags))
    }
    if (!flags.json) terminal.note(counted(count, 'live session'))
    const unreadable = await unreadableIn(store)
    if (unreadable !== null) terminal.fail(`${unreadable}, and not listed`)
    return unreadable === null ? EXIT.done : EXIT.failed
  })
}

function headings({ fullIds }: ListFlags): string {
  return columns(fullIds ? [...HEADINGS, 'ID'] : HEADINGS)
}

function row({ handle, createdAt, lastUsedAt, expiresAt, sid = '' }: FoundSession, { fullIds }: ListFlags): string {
  const cells = [
    handle,
    relativeText(createdAt),
    relativeText(lastUsedAt),
    expiresAt ? relativeText(expiresAt) : 'never',
  ]
  return columns(fullIds ? [...cells, printable(sid)] : cells)
}

function columns(cells: string[]): string {
  return cells
    .map((cell, n) => cell.padEnd(WIDTHS[n] ?? 0))
    .join('  ')
    .trimEnd()
}
