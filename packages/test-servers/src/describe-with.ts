import type { ServerKind, TestServer } from './launch.ts'

interface JestGlobals {
  describe: ((name: string, body: () => void) => void) & { skip(name: string, body: () => void): void }
  beforeAll(hook: () => Promise<void>, timeout?: number): void
  afterAll(hook: () => Promise<void>, timeout?: number): void
  it(name: string, body: () => void): void
}

/**
 * Describes tests that need a real server. If it is not installed, they are skipped, and a line says how to install
 * it. In CI a missing server is a failure, unless it is optional.
 */
export function describeWith<Server extends TestServer>(
  kind: ServerKind<Server>,
  body: (server: () => Server) => void,
): void {
  const { describe, beforeAll, afterAll, it } = globalThis as unknown as JestGlobals
  const missing = kind.missing()
  if (missing !== null && process.env.CI && !kind.isOptional) {
    describe(kind.name, () => it('is installed', () => Promise.reject(new Error(missing)) as never))
    return
  }
  if (missing !== null) {
    console.warn(`skipped: ${kind.name}: ${missing}`)
    describe.skip(`${kind.name} (skipped: ${missing})`, () => body(() => undefined as never))
    return
  }
  describe(kind.name, () => {
    let server: Server | undefined
    beforeAll(async () => {
      server = await kind.start()
    }, 120_000)
    body(() => {
      if (!server) throw new Error(`${kind.name} has not been started yet`)
      return server
    })
    // After the hooks of the body, which may need the server: Jest runs them in the order of their registration.
    afterAll(async () => server?.stop(), 60_000)
  })
}
