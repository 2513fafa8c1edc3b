import { type ChildProcess, spawnSync } from 'node:child_process'
import { javaArguments, missingJava } from './jars.ts'
import { end, freePort, launch, listening, type ServerKind, type TestServer } from './launch.ts'

export interface CouchbaseServer extends TestServer {
  /** Stops answering until it is thawed; connections stay open. */
  freeze(): Promise<void>
  thaw(): void
}

/**
 * A stand-in for Couchbase: CouchbaseMock speaks its key-value protocol and keeps everything in memory, so `halt` loses
 * the data. It checks passwords only for the user `default` with `?sasl_mech_force=PLAIN`. Its query service is part of
 * this package and knows only the statements of databank-couchbase.
 */
export const couchbase: ServerKind & { start(): Promise<CouchbaseServer> } = {
  name: 'a stand-in for Couchbase (CouchbaseMock)',

  missing: missingJava,

  async start() {
    const port = await freePort()
    const httpPort = await freePort()
    const args = javaArguments('CouchbaseStandIn', String(port), String(httpPort))
    const ready = async () => void (await Promise.all([listening(port), listening(httpPort)]))
    const run = () => launch({ command: 'java', args }, ready)
    let child = await run()
    return {
      url: `couchbase://Administrator:password@127.0.0.1:${port}/default`,
      port,
      freeze: () => stopped(child),
      thaw: () => void child.kill('SIGCONT'),
      halt: (signal) => end(child, signal),
      async resume() {
        if (child.exitCode === null && child.signalCode === null) throw new Error('the stand-in is running')
        child = await run()
      },
      stop: () => end(child, 'SIGKILL'),
    }
  },
}

/** Waits until the process has stopped, which may take a while on a busy machine. */
async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP')
  while (!String(spawnSync('ps', ['-o', 'state=', '-p', String(child.pid)]).stdout).startsWith('T')) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
