import type { FoundSession, SessionStore } from '@sessionbank/session-core'
import { type BankFlags, withBank } from '../bank.ts'
import { assertKnownId, foundJson, type ListFlags } from '../found.ts'
import { assertHandle } from '../handles.ts'
import type { Terminal } from '../terminal.ts'
import { printable, relativeText } from '../text.ts'
import { EXIT } from '../user-error.ts'

/** Shows one session with its content. */
export function show(terminal: Terminal, url: string, handle: string, flags: BankFlags & ListFlags): Promise<number> {
  assertHandle(handle)
  return withBank(url, flags, async ({ store }) => {
    const found = await byHandle(store, handle)
    if (!found) {
      terminal.fail('no live session that these options can read has this handle')
      return EXIT.failed
    }
    if (flags.fullIds) assertKnownId(found)
    if (flags.json) {
      await terminal.print(printable(JSON.stringify(foundJson(found, flags))))
      return EXIT.done
    }
    const times: [string, Date | null, string][] = [
      ['created', found.createdAt, 'not known'],
      ['last used', found.lastUsedAt, 'not known'],
      ['expires', found.expiresAt, 'never'],
    ]
    const { bold, dim } = terminal.colors
    const line = (name: string, value: string) => terminal.print(`${bold(name.padEnd(10))} ${value}`)
    await line('handle', found.handle)
    if (flags.fullIds) await line('id', printable(found.sid ?? ''))
    for (const [name, date, otherwise] of times) {
      await line(name, date ? `${date.toISOString()}  ${dim(relativeText(date))}` : otherwise)
    }
    await terminal.print('')
    await terminal.print(printable(JSON.stringify(found.session, null, 2)))
    return EXIT.done
  })
}

/** Finds a session by reading all of them, because handles are not indexed. */
async function byHandle(store: SessionStore, handle: string): Promise<FoundSession | null> {
  for await (const found of store.entries()) if (found.handle === handle) return found
  return null
}
