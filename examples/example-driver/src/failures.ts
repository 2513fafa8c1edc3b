import { ConnectError, codeOf, type Failure, nameAndCode, safeCause } from '@sessionbank/databank-kit'

/** Advice for errors of the operating system after which nothing was written. */
const REFUSALS = new Map<unknown, string>([
  ['ENOSPC', 'the disk is full; free space'],
  ['EDQUOT', 'the quota of the disk is used up; free space'],
  ['EFBIG', 'the journal has the maximum length of a file; begin a new one'],
])

/** Describes how a call failed. */
export function failureOf(error: unknown): Failure {
  const advice = REFUSALS.get(codeOf(error))
  const cause = safeCause(error, 'path')
  if (advice) return { outcome: 'refused', message: `nothing was written: ${advice}`, cause }
  return { outcome: 'unknown', message: `the journal failed (${nameAndCode(error)}): check the disk`, cause }
}

/** Returns the error for a bank that cannot be opened. Unlike a URL with a password, a path may be shown. */
export function connectError(path: string, error: unknown): ConnectError {
  const message = `cannot open the journal "${path}" (${nameAndCode(error)}): check the path and its permissions`
  return new ConnectError(message, safeCause(error, 'path'))
}
