import type { Records } from '@sessionbank/databank-kit'
import { MemoryDatabank } from '@sessionbank/databank-memory'
import { DatabankStore } from '@sessionbank/express-databank-store'
import express from 'express'
import session from 'express-session'

/** The keys of the app's sessions. */
interface Session {
  user: { id: number; name: string }
  visits: number
}

/** The client of a database for which an example writes a driver. */
class JournalClient {
  readonly #bank = new MemoryDatabank()

  connect(): Promise<void> {
    return this.#bank.connect()
  }

  close(): Promise<void> {
    return this.#bank.disconnect()
  }

  records(type: string): Records {
    return this.#bank.records(type)
  }
}

/** Returns the values that examples in doc comments use without declaring them: an app, its bank, a user's session. */
export async function exampleNames() {
  const bank = await MemoryDatabank.open()
  const store = new DatabankStore<Session>(bank)
  const app: express.Express = express()
  app.use(session({ store, secret: 'change me', resave: false, saveUninitialized: false }))
  const sid = 'kBqlEzl2m8lSxRzUqGBb0gJSQjBPSWzG'
  await store.sessions.save(sid, { user: { id: 42, name: 'ann' }, visits: 1 })
  return { app, bank, JournalClient, sid, store }
}

export type ExampleNames = Awaited<ReturnType<typeof exampleNames>>

/** Requests each page that an example has added to the app. */
export async function requestPages(app: express.Express): Promise<void> {
  const server = app.listen(0)
  try {
    const { port } = server.address() as { port: number }
    for (const { route } of app.router.stack) {
      if (!route) continue
      const { ok, status } = await fetch(`http://localhost:${port}${route.path}`)
      if (!ok) throw new Error(`${route.path} answers ${status}`)
    }
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
