import { BankError, ConnectError, nameAndCode, safeCause } from '@sessionbank/databank-kit'
import type { Failure } from './failures.ts'
import type { CheckedParams } from './params.ts'

const WHAT_TO_CHECK: Record<string, string> = {
  AuthenticationFailureError: 'it refused the user or the password: check both, and the user’s rights on the bucket',
  BucketNotFoundError: 'there is no such bucket: check its name, or create it',
  CollectionNotFoundError: 'there is no such collection: check its name, or create it',
  ScopeNotFoundError: 'there is no such scope: check its name, or create it',
  UnsupportedOperationError: 'it has no scopes and collections: leave `scope` and `collection` out',
}

/** How far connecting had come. */
export interface Progress {
  connected: boolean
}

/** Turns the failure of connecting into the error that the app gets. */
export function connectErrorAt(
  { server }: CheckedParams,
  progress: Progress,
): (failure: Failure, waited: number) => Error {
  const where =
    server === undefined ? 'Couchbase through the cluster that was handed in' : `Couchbase at ${server.hosts}`
  return ({ cause }, waited) => {
    if (cause instanceof BankError) return cause
    const what = WHAT_TO_CHECK[cause?.name ?? '']
    if (what !== undefined) return new ConnectError(`cannot open ${where}: ${what}`, safeCause(cause))
    if (cause !== undefined && !cause.name.endsWith('TimeoutError')) {
      return new ConnectError(
        `cannot open ${where} (${nameAndCode(cause)}): check \`url\` and the server’s log`,
        safeCause(cause),
      )
    }
    if (progress.connected) {
      return new ConnectError(
        `${where} did not open the bucket within ${waited} ms: check bucket, scope and collection, and the user’s rights`,
      )
    }
    return new ConnectError(
      `no answer from ${where} within ${waited} ms: check host, port and TLS (couchbases://), and that it is up`,
    )
  }
}
