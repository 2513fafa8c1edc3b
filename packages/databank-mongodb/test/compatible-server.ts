import { relayBefore } from '@sessionbank/test-servers'
import { BSON } from 'mongodb'

const OP_MSG = 2013

/**
 * A server with MongoDB's protocol but different behaviour: the stand-in behind a relay, which selects the behaviour on
 * each connection before the client sends anything.
 */
export interface CompatibleServer {
  url: string
  close(): Promise<void>
}

/** @param way an argument of `behaveLike` in `MongodbStandIn.java` */
export async function compatibleServer(standInPort: number, way: string): Promise<CompatibleServer> {
  const { port, close } = await relayBefore(standInPort, (client, upstream) => {
    upstream.write(message({ behaveLike: way, $db: 'admin' }))
    // The first data is the answer to this command, because nothing else has been sent.
    upstream.once('data', () => client.pipe(upstream).pipe(client))
  })
  return { url: `mongodb://127.0.0.1:${port}/compatible`, close }
}

/** Encodes a command for the wire: header, no flags, one section with one document. */
function message(command: object): Buffer {
  const body = BSON.serialize(command)
  const head = Buffer.alloc(21)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(1, 4)
  head.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([head, body])
}
