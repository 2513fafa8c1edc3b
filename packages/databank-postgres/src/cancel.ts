import type { EventEmitter } from 'node:events'
import type { PgClient } from './options.ts'

/** The part of pg's `Connection` that a cancel request uses. The app may have any copy of the class. */
interface Wire extends EventEmitter {
  readonly stream: { unref?(): void; destroy(): void }
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: number): void
}

interface Cancellable {
  readonly connection: { constructor: new (options: { ssl: unknown }) => Wire }
  readonly processID: number
  readonly secretKey: number
  readonly host: string
  readonly port: number
  readonly ssl: unknown
}

/**
 * Asks the server to cancel a client's statement, over a separate connection, as the protocol requires. The result
 * arrives at the client itself: SQLSTATE 57014, or the statement's normal outcome.
 */
export function cancel(client: PgClient): void {
  const { connection, processID, secretKey, host, port, ssl } = client as PgClient & Cancellable
  const wire = new connection.constructor({ ssl })
  const send = () => wire.cancel(processID, secretKey)
  wire.on('error', () => wire.stream.destroy())
  wire.on('connect', ssl ? () => wire.requestSsl() : send)
  wire.on('sslconnect', send)
  if (host.startsWith('/')) wire.connect(`${host}/.s.PGSQL.${port}`)
  else wire.connect(port, host)
  wire.stream.unref?.()
}
