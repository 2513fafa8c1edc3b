import type { Server } from 'node:http'
import type { Store } from './app.ts'

/** Closes an app without waiting for idle clients. */
export async function closeServer(server: Server, store: Store): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
  await store.close()
}
