import { inspect } from 'node:util'
import type { OpenBank } from '@sessionbank/session-core'
import { Browser, type Sight } from './browser.ts'
import type { Site, SiteConfig, TwinFramework } from './site.ts'
import type { Visit } from './visit.ts'

/** A difference that is accepted, because the framework's own store is wrong there. */
export interface Exception {
  why: string
  holds(difference: Difference): boolean
}

export interface Difference {
  framework: TwinFramework['name']
  config: SiteConfig
  own: Sight
  ours: Sight
  /** True if the framework failed at an earlier visit, on both stores. */
  hasFailed: boolean
  /** All visits up to this one. */
  visits: readonly Visit[]
  planted: Record<string, unknown> | undefined
}

/** The same app twice: on the framework's own store and on ours. */
export interface Twins {
  framework: TwinFramework['name']
  config: SiteConfig
  own: Site
  ours: Site
}

export interface Course {
  planted?: Record<string, unknown> | undefined
  visits: readonly Visit[]
}

/** Starts an app twice. Returns null if the framework rejects the config, which it then must do with both stores. */
export async function twinsOf(framework: TwinFramework, config: SiteConfig, bank: OpenBank): Promise<Twins | null> {
  const [own, ours] = await Promise.allSettled([
    framework.start('own store', config),
    framework.start({ bank }, config),
  ])
  if (own.status !== ours.status)
    throw new Error(`${framework.name} starts with only one of the stores: ${inspect(config)}`)
  if (own.status === 'rejected') return null
  return { framework: framework.name, config, own: own.value, ours: (ours as PromiseFulfilledResult<Site>).value }
}

/**
 * Makes the same visits to an app with the framework's own store and to the same app with ours, and compares the
 * responses. Stops at a difference that an exception explains, after checking that ours still serves the client.
 */
export async function compare(
  { framework, config, own: ownSite, ours: ourSite }: Twins,
  { planted, visits }: Course,
  advance: (ms: number) => void,
  exceptions: readonly Exception[],
): Promise<void> {
  const [own, ours] = [new Browser(ownSite), new Browser(ourSite)]
  if (planted) {
    const sid = `planted-${++plantings}`
    await own.adopt(sid, planted)
    await ours.adopt(sid, planted)
  }
  let hasFailed = false
  for (const [index, { wait, steps }] of visits.entries()) {
    advance(wait)
    const seen = { own: await own.visit(steps), ours: await ours.visit(steps) }
    if (JSON.stringify(seen.own) === JSON.stringify(seen.ours)) {
      hasFailed ||= seen.own.status !== 200
      continue
    }
    const difference = { framework, config, ...seen, hasFailed, planted, visits: visits.slice(0, index + 1) }
    const exception = exceptions.find(({ holds }) => holds(difference))
    if (!exception) throw new Error(`unlike the framework's own store:\n${explain(difference)}`)
    // With some configs the framework fails at every request, on both stores.
    const isServed = (await new Browser(ownSite).visit([{ do: 'login', user: 'ann' }])).status === 200
    if (isServed) expectService(await ours.visit([{ do: 'read' }]), difference)
    return
  }
}

let plantings = 0

function expectService({ status }: Sight, difference: Difference): void {
  if (status !== 200) throw new Error(`a plain request after this was answered ${status}:\n${explain(difference)}`)
}

function explain({ framework, config, own, ours, visits, planted }: Difference): string {
  const lines = visits.map(({ wait, steps }) => `  after ${wait} ms: ${steps.map(stepText).join(', ')}`)
  const plant = planted ? [`  stored without the framework: ${JSON.stringify(planted)}`] : []
  const results = [`  own:  ${JSON.stringify(own)}`, `  ours: ${JSON.stringify(ours)}`]
  return [`${framework} with ${inspect(config)}`, ...plant, ...lines, ...results].join('\n')
}

function stepText(step: Visit['steps'][number]): string {
  if (step.do === 'set') return `${step.time} = ${step.to.name}`
  return step.do === 'write' ? `${step.key} = ${JSON.stringify(step.value)}` : step.do
}
