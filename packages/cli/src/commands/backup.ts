import { DiskDatabank } from '@sessionbank/databank-disk'
import { type BankFlags, withBank } from '../bank.ts'
import { fromEnvironment } from '../options-file.ts'
import { folderOf } from '../place.ts'
import type { Terminal } from '../terminal.ts'
import { EXIT, UserError } from '../user-error.ts'

/** Copies a disk bank while it is in use. */
export function backup(terminal: Terminal, url: string, folder: string, flags: BankFlags): Promise<number> {
  if (folderOf(fromEnvironment(url)) === null) {
    throw new UserError(
      'backup copies only a disk: bank; for another one, use the database’s own tool, such as pg_dump',
    )
  }
  return withBank(url, flags, async ({ bank }) => {
    if (!(bank instanceof DiskDatabank)) throw new UserError('backup copies only a disk: bank')
    await bank.backup(folder)
    await terminal.print(`copied to disk:${folder}`)
    return EXIT.done
  })
}
