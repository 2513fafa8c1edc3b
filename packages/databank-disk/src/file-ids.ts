import { statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What `data.mdb` and `lock.mdb` of a folder are, by device and inode; undefined for a file that is not there. Only by stat:
 * closing another descriptor of lock.mdb would give up the locks of LMDB in this process.
 */
export interface FileIds {
  readonly data: string | undefined
  readonly lock: string | undefined
}

export function fileIdsIn(directory: string): FileIds {
  return { data: idOf(join(directory, 'data.mdb')), lock: idOf(join(directory, 'lock.mdb')) }
}

export function areSame(one: FileIds, other: FileIds): boolean {
  return one.data === other.data && one.lock === other.lock
}

/** Whether any file is in both. */
export function overlap(one: FileIds, other: FileIds): boolean {
  const isData = one.data !== undefined && one.data === other.data
  return isData || (one.lock !== undefined && one.lock === other.lock)
}

function idOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}
