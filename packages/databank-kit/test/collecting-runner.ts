import { type ConformingDriver, conformance } from '../src/conformance/index.ts'

/** Runs the suite on a driver without reporting to Jest. Returns the names of the passed and failed tests. */
export async function promisesOf(driver: ConformingDriver): Promise<{ kept: string[]; broken: string[] }> {
  const hooks = { before: [] as (() => Promise<void>)[], after: [] as (() => Promise<void>)[] }
  const tests: [name: string, body: () => Promise<void>][] = []
  conformance(driver, {
    describe: (_name, body) => body(),
    it: (name, body) => tests.push([name, body]),
    beforeAll: (hook) => hooks.before.push(hook),
    afterAll: (hook) => hooks.after.push(hook),
  })

  for (const hook of hooks.before) await hook()
  const kept: string[] = []
  const broken: string[] = []
  for (const [name, body] of tests) {
    const failed = await body().then(
      () => false,
      () => true,
    )
    if (failed) broken.push(name)
    else kept.push(name)
  }
  for (const hook of hooks.after) await hook().catch(() => {})
  return { kept, broken }
}
