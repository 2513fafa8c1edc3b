import type { Criteria } from '@sessionbank/session-core'
import { endByHandle } from '@sessionbank/session-core/maintenance'
import { type BankFlags, type Opened, withBank } from '../bank.ts'
import { unreadableIn } from '../found.ts'
import { assertHandle } from '../handles.ts'
import type { Terminal } from '../terminal.ts'
import { counted } from '../text.ts'
import { EXIT, UserError } from '../user-error.ts'

interface RevokeFlags extends BankFlags {
  where?: Criteria
  handle?: string[]
  yes?: boolean
}

/** Ends the sessions that match all criteria, that have one of the handles, or both if both are given. */
export function revoke(terminal: Terminal, url: string, flags: RevokeFlags): Promise<number> {
  const { handle: handles, where } = flags
  if (!where && !handles) {
    throw new UserError('revoke needs --where or --handle, such as --where user.id=7')
  }
  for (const handle of handles ?? []) assertHandle(handle)
  return withBank(url, flags, async (opened) => {
    if (!flags.yes) {
      const count = await countOf(opened, flags)
      if (count === 0 && where) return toldOfOthers(terminal, opened, count)
      const what = where ? counted(count, 'session') : counted(handles?.length ?? 0, 'session')
      if (!(await terminal.confirm(`End ${what}?`))) {
        terminal.note('nothing was ended')
        return EXIT.done
      }
    }
    const ended = await end(opened, flags)
    if (ended > 0) await terminal.print(`ended ${counted(ended, 'session')}`)
    return where || ended === 0 ? toldOfOthers(terminal, opened, ended) : EXIT.done
  })
}

async function countOf({ store }: Opened, { where, handle }: RevokeFlags): Promise<number> {
  let count = 0
  if (where) for await (const found of store.entries(where)) if (!handle || handle.includes(found.handle)) count++
  return count
}

function end({ bank, options, store }: Opened, { where, handle }: RevokeFlags): Promise<number> {
  if (where) return store.destroyWhere(where, handle && { handle })
  return endByHandle(bank, handle ?? [], options)
}

/** Fails if no session was ended, or if unreadable sessions may have matched as well. */
async function toldOfOthers(terminal: Terminal, { store }: Opened, ended: number): Promise<number> {
  const unreadable = await unreadableIn(store)
  if (unreadable !== null) terminal.fail(`${unreadable}, and may have matched`)
  if (ended === 0) terminal.fail('no live session matches, and none was ended')
  return ended === 0 || unreadable !== null ? EXIT.failed : EXIT.done
}
