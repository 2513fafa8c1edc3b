import { chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { end, freePort, hasProgram, launch, listening, type ServerKind, temporaryFolder } from './launch.ts'
import { postgres, unprivileged } from './postgres.ts'

/**
 * PostgreSQL behind PgBouncer in transaction mode, with few server connections. `halt` and `resume` apply to PgBouncer.
 */
export const pgbouncer: ServerKind = {
  name: 'PgBouncer',

  missing() {
    if (!hasProgram('pgbouncer')) return 'pgbouncer is not installed: apt-get install pgbouncer'
    return postgres.missing()
  },

  async start() {
    const server = await postgres.start()
    const folder = temporaryFolder('pgbouncer')
    const { username, password, host, pathname } = new URL(server.url)
    const port = await freePort()
    const users = join(folder.path, 'users')
    const config = join(folder.path, 'pgbouncer.ini')
    writeFileSync(users, `"${username}" "${password}"\n`)
    writeFileSync(
      config,
      `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
`,
    )
    const owner = unprivileged()
    if (owner) for (const path of [folder.path, users, config]) chownSync(path, owner.uid, owner.gid)
    const run = () => {
      return launch({ command: 'pgbouncer', args: [config], cwd: folder.path, ...owner }, () => listening(port))
    }
    let child = await run()
    return {
      url: `postgres://${username}:${password}@${host.replace(/:\d+$/, `:${port}`)}${pathname}`,
      port,
      halt: (signal) => end(child, signal),
      async resume() {
        child = await run()
      },
      async stop() {
        await end(child, 'SIGINT')
        folder.remove()
        await server.stop()
      },
    }
  },
}
