import { BankError, ConnectError, OperationError, safeCause, UnknownOutcomeError } from '@sessionbank/databank-kit'

/** An error of the file system or of LMDB, told apart by its code: `instanceof` fails for those made in another realm. */
interface SystemError {
  code?: unknown
  errno?: unknown
  message?: unknown
  commitError?: Promise<unknown>
}

const NO_FOLDER = new Set<unknown>(['ENOTDIR', 'EEXIST', 20, 17])
const NOT_ALLOWED = new Set<unknown>(['EACCES', 'EPERM', 'EROFS', 13, 1, 30])
const READ_ONLY = new Set<unknown>(['EROFS', 30])
const FULL = new Set<unknown>(['ENOSPC', 'EDQUOT', 'EFBIG', 28, 122, 27, -30792])
/** LMDB's answer to a page that was written in part, which is how a disk fills up. */
const INCOMPLETE = new Set<unknown>(['EIO', 5])
const TOO_MANY_DATABASES = -30791

export const IS_FILE = 'it or a folder above it is a file; name another folder'
export const DANGLING_LINK =
  'it or a folder above it is a symbolic link to nothing; make what it points to, or name another folder'

/** What the path itself is the reason of. */
const PATH_ADVICE = new Map<unknown, string>([
  ['ENOENT', 'no folder can be made there, or it was removed just now; name another folder'],
  ['ELOOP', 'its symbolic links lead round in circles; name another folder'],
  ['ENAMETOOLONG', 'its path, or a name in it, is too long; name another folder'],
])

/** Why a folder could not be opened, and what to do. */
export function connectError(directory: string, error: unknown): ConnectError {
  return new ConnectError(`cannot open the disk bank "${directory}": ${connectAdvice(error)}`, shown(error))
}

/** Why a backup could not be made, and what to do. */
export function backupError(folder: string, error: unknown): OperationError {
  const known = errorOfCopy(error as SystemError)
  return new OperationError(`cannot back up to "${folder}": ${connectAdvice(known)}`, error)
}

/** lmdb gives the errors of its copy no code, only the C library's text. */
function errorOfCopy(error: SystemError): SystemError {
  const isFull = error.code === undefined && /^(No space left|Disk quota|File too large)/.test(String(error.message))
  return isFull ? { code: 'ENOSPC' } : error
}

function connectAdvice(error: unknown): string {
  const { code, message } = error as SystemError
  if (error instanceof ConnectError) return error.message
  if (NO_FOLDER.has(code)) return IS_FILE
  if (READ_ONLY.has(code)) return 'its file system is read-only; mount it for writing, or name another folder'
  if (NOT_ALLOWED.has(code)) return 'this process may not write there; give its user the folder, or name another'
  if (FULL.has(code)) return 'the disk is full; free space'
  const advice = PATH_ADVICE.get(code)
  if (advice) return advice
  // Of LMDB, which has read nothing but its own header so far.
  return `${message}; check the folder and its file system`
}

/** What a failed call becomes; a failed write is told apart by {@link writeError}. */
export function failureOf(error: unknown): OperationError {
  return new OperationError('the disk bank could not read; check the disk, and connect again', shown(error))
}

/** What a failed write becomes: it was not done, unless the disk itself failed at the end of it. */
export async function writeError(error: unknown): Promise<OperationError | UnknownOutcomeError> {
  return operationError(await causeOf(error as SystemError))
}

/** The same for an error that is known at once. */
export function operationError(error: unknown): OperationError | UnknownOutcomeError {
  const { code } = error as SystemError
  const cause = shown(error)
  if (FULL.has(code)) return new OperationError('the disk is full: nothing was written; free space', cause)
  if (INCOMPLETE.has(code)) {
    return new OperationError('the disk is full or failing: nothing was written; free space, or check the disk', cause)
  }
  if (code === TOO_MANY_DATABASES) {
    return new OperationError('the disk bank has too many types and indexed fields in use; use fewer', cause)
  }
  if (READ_ONLY.has(code)) {
    return new OperationError(
      'the disk has become read-only: nothing was written; check it, mount it for writing, and restart the app',
      cause,
    )
  }
  if (NOT_ALLOWED.has(code)) {
    return new OperationError('this process may not write to the disk bank: nothing was written', cause)
  }
  return new UnknownOutcomeError(
    'the disk bank failed while writing, and it is not known whether it was done; check the disk, and connect again',
    cause,
  )
}

/** What may be shown of an error: the path is that of the folder, which the message names too. */
function shown(error: unknown): Error | undefined {
  return error instanceof BankError ? error : safeCause(error, 'path')
}

/** LMDB tells the reason of a failed commit by a second promise, which would be an unhandled rejection if nobody looked. */
async function causeOf(error: SystemError): Promise<unknown> {
  if (!error.commitError) return error
  const reason = error.commitError.then(
    () => error,
    (cause) => cause,
  )
  return Promise.race([reason, new Promise((resolve) => setImmediate(resolve, error))])
}
