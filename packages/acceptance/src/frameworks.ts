import { inFull } from '@sessionbank/test-servers'
import type { App, Framework, StartOptions } from './apps/app.ts'
import { expressFramework } from './apps/express.ts'
import { fastifyFramework } from './apps/fastify.ts'
import { koaFramework } from './apps/koa.ts'
import type { BankUnderTest } from './banks.ts'
import { type Stage, useStage } from './stage.ts'

export const frameworks: readonly Framework[] = [expressFramework, koaFramework, fastifyFramework]

/**
 * Runs tests for each framework, on a separate stage. A bank on a server is tested with one framework, unless all tests
 * run: the banks without a server test each framework, and one framework is enough to test a driver.
 */
export function forEachFramework(kind: BankUnderTest, body: (framework: Framework, stage: Stage) => void): void {
  for (const framework of triedOn(kind)) {
    describe(`${framework.title} on ${kind.name}`, () => body(framework, useStage(kind)))
  }
}

function triedOn({ framework, onlyFramework }: BankUnderTest): readonly Framework[] {
  if (onlyFramework) return [onlyFramework]
  return inFull || framework === undefined ? frameworks : [framework]
}

/**
 * Returns the three frameworks for tests that use all at once. If the bank sets `onlyFramework`, this replaces the
 * framework of the same name.
 */
export function allFrameworksOn({ onlyFramework }: BankUnderTest): readonly Framework[] {
  return frameworks.map((framework) => (framework.name === onlyFramework?.name ? onlyFramework : framework))
}

/** Starts an app for all tests of a `describe`. */
export function useApp(stage: Stage, framework: Framework, options: Partial<StartOptions> = {}): () => App {
  let app: App | undefined
  beforeAll(async () => {
    app = await stage.start(framework, options)
  })
  return () => app as App
}

/** Starts two apps on two connections, for all tests of a `describe`. */
export function useTwoApps(stage: Stage, framework: Framework, options: Partial<StartOptions> = {}): () => [App, App] {
  let apps: [App, App] | undefined
  beforeAll(async () => {
    apps = await stage.startTwo(framework, options)
  })
  return () => apps as [App, App]
}
