import { couchbase } from './couchbase.ts'
import { behindTls } from './tls-proxy.ts'

/**
 * The stand-in for Couchbase behind a TLS proxy. A client can only log in: after that the stand-in would send it to its
 * own port, which has no TLS.
 */
export const couchbaseOverTls = behindTls(couchbase, (port) => `couchbases://default:s3cret@127.0.0.1:${port}/default`)
