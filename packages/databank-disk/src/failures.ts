import { getSystemErrorMap } from 'node:util'
import { ConnectError, type Failure, nameAndCode, OperationError, safeCause } from '@sessionbank/databank-kit'

type Advice = [why: string, whatToDo: string]

const ANOTHER = 'name another folder'
const FULL: Advice = ['the disk is full', 'free space']
const NOT_ALLOWED: Advice = ['this process may not write there', `give its user the folder, or ${ANOTHER}`]
const NO_FOLDER: Advice = ['it or a folder above it is a file', ANOTHER]

/** Why the file system or LMDB refuses a folder or a write. The numbers are LMDB's own. */
const ADVICE: Record<string, Advice> = {
  EACCES: NOT_ALLOWED,
  EDQUOT: FULL,
  EEXIST: NO_FOLDER,
  EFBIG: FULL,
  // LMDB's answer to a page that was written in part, which is how a disk fills up.
  EIO: ['the disk is full or failing', 'free space, or check the disk'],
  ELOOP: ['its symbolic links lead round in circles', ANOTHER],
  ENAMETOOLONG: ['its path, or a name in it, is too long', ANOTHER],
  ENOENT: ['no folder can be made there, or it was removed just now', ANOTHER],
  ENOSPC: FULL,
  ENOTDIR: NO_FOLDER,
  EPERM: NOT_ALLOWED,
  EROFS: ['its file system is read-only', `check the disk, mount it for writing and restart the app, or ${ANOTHER}`],
  '-30791': ['too many types and indexed fields of the disk bank are in use', 'use fewer'],
  '-30792': FULL,
}

/** Says how a call failed. A failed write was not done, unless the disk itself failed at the end of it. */
export function failureOf(error: unknown): Failure {
  const advice = ADVICE[systemCode(error)]
  const cause = safeCause(error, 'path')
  if (advice) return { outcome: 'refused', message: advice.join(': nothing was written; '), cause }
  return { outcome: 'unknown', message: `the disk failed (${nameAndCode(error)}); check it, and connect again`, cause }
}

/** Returns the error of a type whose databases could not be opened. */
export function typeError(error: unknown): OperationError {
  const { message, cause } = failureOf(error)
  return new OperationError(message, cause)
}

/** Returns why a folder could not be opened, and what to do. */
export function connectError(directory: string, error: unknown): ConnectError {
  return new ConnectError(`cannot open the disk bank "${directory}": ${adviceOn(error)}`, safeCause(error, 'path'))
}

/** Returns why a backup could not be made, and what to do. */
export function backupError(folder: string, error: unknown): OperationError {
  return new OperationError(`cannot back up to "${folder}": ${adviceOn(error)}`, safeCause(error, 'path'))
}

function adviceOn(error: unknown): string {
  if (error instanceof ConnectError) return error.message
  // What LMDB says without a code it says of the folder: it has read nothing but its own header.
  return (ADVICE[systemCode(error)] ?? [(error as Error).message, 'check the folder and its file system']).join('; ')
}

/** Returns an error's code, as a name where lmdb gives the number of a system error, or the C library's text alone. */
function systemCode(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (code === undefined && /^(No space left|Disk quota|File too large)/.test(String(message))) return 'ENOSPC'
  const [name] = (typeof code === 'number' && getSystemErrorMap().get(-code)) || [code]
  return String(name)
}
