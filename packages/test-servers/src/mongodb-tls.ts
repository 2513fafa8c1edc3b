import { mongodb } from './mongodb.ts'
import { behindTls } from './tls-proxy.ts'

/** The stand-in for MongoDB behind a TLS proxy. */
export const mongodbOverTls = behindTls(mongodb, (port, standIn) => standIn.url.replace(`:${standIn.port}`, `:${port}`))
