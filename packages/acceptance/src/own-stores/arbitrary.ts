import * as fc from 'fast-check'
import { ODD_TIMES, type OddTime, STORABLE_TIMES } from './odd-times.ts'
import type { TwinFramework } from './site.ts'
import type { Step, Visit } from './visit.ts'

const HOUR = 3_600_000

/** No sum of these equals an expiry, because frameworks disagree whether a session is live in its last ms. */
const WAITS = [0, 0, 701, 3_001, HOUR + 7, 30 * HOUR + 11]

export function aCourseOf(framework: TwinFramework): fc.Arbitrary<Visit[]> {
  const visit = fc.record({ wait: fc.constantFrom(...WAITS), steps: fc.array(aStepOf(framework), { maxLength: 3 }) })
  const login: Step = { do: 'login', user: 'ann' }
  return fc.array(visit, { minLength: 2, maxLength: 7 }).map((visits) => {
    const [first, ...rest] = visits as unknown as [Visit, ...Visit[]]
    return [{ wait: 0, steps: [login, ...first.steps] }, ...rest]
  })
}

function aStepOf({ times, abilities }: TwinFramework): fc.Arbitrary<Step> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant<Step>({ do: 'read' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'login', user: 'ann' }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        key: fc.constantFrom('a', 'b'),
        value: fc.constantFrom(1, 'x', null, { deep: [1] }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('set' as const),
        time: fc.constantFrom(...times),
        to: fc.constantFrom(...ODD_TIMES),
      }),
    },
    { weight: 4, arbitrary: fc.constantFrom(...abilities).map((ability): Step => ({ do: ability })) },
  )
}

/** Returns the times of a record written by another program. */
export function storedTimesOf({ name, storedTimes }: TwinFramework): fc.Arbitrary<Record<string, unknown>> {
  const time = fc.constantFrom(...STORABLE_TIMES)
  const names = Object.fromEntries(storedTimes.map((one) => [one, time]))
  // koa-session writes both of its times, or neither
  const record = name === 'Koa' ? fc.record(names) : fc.record(names, { requiredKeys: [] })
  return record.map((times) => materialize(times))
}

/** Returns the times of a config. */
export function configTimesOf({ name, times }: TwinFramework): fc.Arbitrary<Record<string, unknown>> {
  const time = fc.constantFrom(...ODD_TIMES)
  const names = name === 'Fastify' ? times.filter((one) => one !== 'originalMaxAge') : times
  return fc.record(Object.fromEntries(names.map((one) => [one, time])), { requiredKeys: [] }).map(materialize)
}

function materialize(times: Record<string, OddTime | undefined>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time?.at(Date.now())]))
}
