import { relayBefore } from '@sessionbank/test-servers'
import { BSON } from 'mongodb'

const OP_MSG = 2013

/**
 * A server that speaks MongoDB's protocol and differs from it: the stand-in, behind a relay that tells it so on each
 * connection, before the client says anything.
 */
export interface CompatibleServer {
  url: string
  close(): Promise<void>
}

/** @param way a word of `behaveLike` in `MongodbStandIn.java` */
export async function compatibleServer(standInPort: number, way: string): Promise<CompatibleServer> {
  const { port, close } = await relayBefore(standInPort, (client, upstream) => {
    upstream.write(message({ behaveLike: way, $db: 'admin' }))
    // Nothing else has been asked yet, so all that comes is the answer to that.
    upstream.once('data', () => client.pipe(upstream).pipe(client))
  })
  return { url: `mongodb://127.0.0.1:${port}/compatible`, close }
}

/** A command as it goes over the wire: header, no flags, one section with one document. */
function message(command: object): Buffer {
  const body = BSON.serialize(command)
  const head = Buffer.alloc(21)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(1, 4)
  head.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([head, body])
}
