import { javaArguments, missingJava } from './jars.ts'
import { end, freePort, launch, listening, type ServerKind } from './launch.ts'

/**
 * A stand-in for MongoDB: mongo-java-server speaks its wire protocol and keeps everything in memory, so `halt` loses
 * the data. It is a standalone server, refuses all logins, and its TTL indexes remove nothing.
 */
export const mongodb: ServerKind = {
  name: 'a stand-in for MongoDB (mongo-java-server)',

  missing: missingJava,

  async start() {
    const port = await freePort()
    const args = javaArguments('MongodbStandIn', String(port))
    const run = () => launch({ command: 'java', args }, () => listening(port))
    let child = await run()
    return {
      url: `mongodb://127.0.0.1:${port}/sessionbank`,
      port,
      halt: (signal) => end(child, signal),
      async resume() {
        if (child.exitCode === null && child.signalCode === null) throw new Error('the stand-in is running')
        child = await run()
      },
      stop: () => end(child, 'SIGKILL'),
    }
  },
}
