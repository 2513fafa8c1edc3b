import { getSystemErrorMap } from 'node:util'
import { ConnectError, type Failure, nameAndCode, OperationError, safeCause } from '@sessionbank/databank-kit'

type Advice = [why: string, whatToDo: string]

const ANOTHER = 'name another folder'
const FULL: Advice = ['the disk is full', 'free space']
const NOT_ALLOWED: Advice = ['this process may not write there', `give its user the folder, or ${ANOTHER}`]
const NO_FOLDER: Advice = ['it or a folder above it is a file', ANOTHER]

/** Reasons and advice by error code. The numbers are LMDB's own. */
const ADVICE: Record<string, Advice> = {
  EACCES: NOT_ALLOWED,
  EDQUOT: FULL,
  EEXIST: NO_FOLDER,
  EFBIG: FULL,
  // LMDB reports this if a page was only written in part, as happens when the disk becomes full.
  EIO: ['the disk is full or failing', 'free space, or check the disk'],
  ELOOP: ['its symbolic links form a loop', ANOTHER],
  ENAMETOOLONG: ['its path, or a name in it, is too long', ANOTHER],
  ENOENT: ['no folder can be created there, or it was removed just now', ANOTHER],
  ENOSPC: FULL,
  ENOTDIR: NO_FOLDER,
  EPERM: NOT_ALLOWED,
  EROFS: ['its file system is read-only', `check the disk, mount it for writing and restart the app, or ${ANOTHER}`],
  '-30791': ['too many types and indexed fields of the disk bank are in use', 'use fewer'],
  '-30792': FULL,
}

/**
 * Describes how a call failed. A failed write was not done, unless the error is unknown: then the disk may have failed
 * during the commit.
 */
export function failureOf(error: unknown): Failure {
  const advice = ADVICE[systemCode(error)]
  const cause = safeCause(error, 'path')
  if (advice) return { outcome: 'refused', message: advice.join(': nothing was written; '), cause }
  return { outcome: 'unknown', message: `the disk failed (${nameAndCode(error)}); check it, and connect again`, cause }
}

/** Returns the error for a type whose databases cannot be opened. */
export function typeError(error: unknown): OperationError {
  const { message, cause } = failureOf(error)
  return new OperationError(message, cause)
}

/** Returns the error for a folder that cannot be opened: why, and what to do. */
export function connectError(directory: string, error: unknown): ConnectError {
  return new ConnectError(`cannot open the disk bank "${directory}": ${adviceOn(error)}`, safeCause(error, 'path'))
}

/** Returns the error for a failed backup: why, and what to do. */
export function backupError(folder: string, error: unknown): OperationError {
  return new OperationError(`cannot back up to "${folder}": ${adviceOn(error)}`, safeCause(error, 'path'))
}

function adviceOn(error: unknown): string {
  if (error instanceof ConnectError) return error.message
  // LMDB's messages without a code contain no data: it has only read the header of the file.
  return (ADVICE[systemCode(error)] ?? [(error as Error).message, 'check the folder and its file system']).join('; ')
}

/** Returns the name of an error's code, even if lmdb has only the number of a system error or the C library's text. */
function systemCode(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (code === undefined && /^(No space left|Disk quota|File too large)/.test(String(message))) return 'ENOSPC'
  const [name] = (typeof code === 'number' && getSystemErrorMap().get(-code)) || [code]
  return String(name)
}
