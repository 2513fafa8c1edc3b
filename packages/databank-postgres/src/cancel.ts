import type { EventEmitter } from 'node:events'
import type { PgClient } from './options.ts'

/** What a cancel request uses of pg's `Connection`, the class of which an app may have any copy. */
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
 * Asks the server to end the statement of a client, over a connection of its own, as the protocol wants it. Whether that
 * did anything, only the client itself hears: by SQLSTATE 57014, or by the outcome of the statement.
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
