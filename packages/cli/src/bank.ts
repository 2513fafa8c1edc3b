import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Records, RecordsBank } from '@sessionbank/databank-kit'
import { type OpenBank, openDatabank, SessionStore, type StoreOptions } from '@sessionbank/session-core'
import { fromEnvironment, readOptions } from './options-file.ts'
import { folderOf } from './place.ts'
import { UserError } from './user-error.ts'

/** The flags of all commands on a bank. */
export interface BankFlags {
  options?: string
  type?: string
}

/** An open bank, with the app's options. */
export interface Opened {
  bank: OpenBank & RecordsBank
  options: StoreOptions & { type: string }
  /** The sessions as the app reads them. */
  store: SessionStore
  /** The records as the bank stores them. */
  records: Records
  /** The secret of another store, for imports. */
  secret: string | undefined
}

export interface Opening {
  /** If true, a missing bank is created. */
  isTarget?: boolean
}

/** Opens the bank of a URL, and closes it after `work`. */
export async function withBank<T>(
  givenUrl: string,
  flags: BankFlags,
  work: (opened: Opened) => Promise<T>,
  { isTarget = false }: Opening = {},
): Promise<T> {
  const url = fromEnvironment(givenUrl)
  assertReachable(url, isTarget)
  const { store: given, schema, secret } = await readOptions(flags.options)
  const options = { ...given, type: flags.type ?? given.type ?? 'session' }
  const bank = (await openDatabank(url, schema && { schema })) as OpenBank & RecordsBank
  try {
    const store = new SessionStore(bank, { ...options, cleanupInterval: false })
    // The commands report unreadable records themselves.
    store.on('error', () => {})
    return await work({ bank, options, store, records: bank.records(options.type), secret })
  } finally {
    await bank.disconnect()
  }
}

/**
 * Throws UserError if the bank does not exist. Opening would create the folder, so a misspelt path would be an empty
 * bank.
 */
function assertReachable(url: string, isTarget: boolean): void {
  if (/^memory:/i.test(url)) {
    throw new UserError('a memory: bank is in the process of its app, and cannot be reached from another process')
  }
  const folder = folderOf(url)
  if (folder === null || isTarget || existsSync(join(folder, 'data.mdb'))) return
  throw new UserError(`there is no bank in the folder ${folder}: check the path after "disk:"`)
}
