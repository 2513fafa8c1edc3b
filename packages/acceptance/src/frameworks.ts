import { inFull } from '@sessionbank/test-servers'
import type { App, Framework, StartOptions } from './apps/app.ts'
import { expressFramework } from './apps/express.ts'
import { fastifyFramework } from './apps/fastify.ts'
import { koaFramework } from './apps/koa.ts'
import type { BankUnderTest } from './banks.ts'
import { type Stage, useStage } from './stage.ts'

export const frameworks: readonly Framework[] = [expressFramework, koaFramework, fastifyFramework]

/**
 * Makes promises for each framework, on a stage of its own. A bank on a server gets one framework, unless all tests run:
 * what a framework does with a store is tried on the banks that need no server, and what a driver does, by any of them.
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

/** Returns the three frameworks for tests of all of them at once; the bank's only framework in place of the one of its name. */
export function allFrameworksOn({ onlyFramework }: BankUnderTest): readonly Framework[] {
  return frameworks.map((framework) => (framework.name === onlyFramework?.name ? onlyFramework : framework))
}

/** An app for all tests of a `describe`. */
export function useApp(stage: Stage, framework: Framework, options: Partial<StartOptions> = {}): () => App {
  let app: App | undefined
  beforeAll(async () => {
    app = await stage.start(framework, options)
  })
  return () => app as App
}

/** Two of them, on two connections. */
export function useTwoApps(stage: Stage, framework: Framework, options: Partial<StartOptions> = {}): () => [App, App] {
  let apps: [App, App] | undefined
  beforeAll(async () => {
    apps = await stage.startTwo(framework, options)
  })
  return () => apps as [App, App]
}
