import { ConnectError, codeOf, type Failure, nameAndCode, safeCause } from '@sessionbank/databank-kit'

/** What the operating system says when it has written nothing. */
const REFUSALS = new Map<unknown, string>([
  ['ENOSPC', 'the disk is full: free space'],
  ['EDQUOT', 'the quota of the disk is used up: free space'],
  ['EFBIG', 'the journal is as long as a file may be: begin a new one'],
])

/** Says how a call failed. */
export function failureOf(error: unknown): Failure {
  const advice = REFUSALS.get(codeOf(error))
  const cause = safeCause(error, 'path')
  if (advice) return { outcome: 'refused', message: `nothing was written, as ${advice}`, cause }
  return { outcome: 'unknown', message: `the journal failed (${nameAndCode(error)}): check the disk`, cause }
}

/** Returns the error of a bank that could not be opened. A path is no secret, unlike a URL with a password. */
export function connectError(path: string, error: unknown): ConnectError {
  const message = `cannot open the journal "${path}" (${nameAndCode(error)}): check the path and its rights`
  return new ConnectError(message, safeCause(error, 'path'))
}
