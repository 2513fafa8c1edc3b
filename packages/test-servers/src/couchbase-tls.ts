import { couchbase } from './couchbase.ts'
import { behindTls } from './tls-proxy.ts'

/**
 * The stand-in for Couchbase, behind a proxy that speaks TLS. A client gets as far as the login: the stand-in would then send
 * it to its own port, which does not speak TLS.
 */
export const couchbaseOverTls = behindTls(couchbase, (port) => `couchbases://default:s3cret@127.0.0.1:${port}/default`)
