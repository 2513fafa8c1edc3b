import { openDatabank } from '@sessionbank/session-core'
import { rounds } from '@sessionbank/test-servers'
import * as fc from 'fast-check'
import { disk, memory } from '../src/banks.ts'
import { useFakeDate } from '../src/fake-date.ts'
import { aCourseOf, configTimesOf, storedTimesOf } from '../src/own-stores/arbitrary.ts'
import { compare, type Twins, twinsOf } from '../src/own-stores/comparison.ts'
import { EXCEPTIONS } from '../src/own-stores/exceptions.ts'
import { expressSite } from '../src/own-stores/express-site.ts'
import { fastifySite } from '../src/own-stores/fastify-site.ts'
import { koaSession6Site, koaSite } from '../src/own-stores/koa-site.ts'
import { ODD_TIMES } from '../src/own-stores/odd-times.ts'
import type { Visit } from '../src/own-stores/visit.ts'

// Each run uses the same seed, unless FUZZ_RUNS is set.
if (process.env.FUZZ_RUNS === undefined) fc.configureGlobal({ seed: 20_261_128 })

const RUNS = rounds(50, 150)
/** Number of runs that start apps or write to a disk. */
const FEW_RUNS = rounds(10, 40)

describe.each([expressSite, koaSite, koaSession6Site, fastifySite])(
  "$title: our store behaves like the framework's own",
  (framework) => {
    const date = useFakeDate()

    describe.each([memory, disk])('on $name', (kind) => {
      const numRuns = kind === memory ? RUNS : FEW_RUNS
      const twins: Twins[] = []
      let place: Awaited<ReturnType<typeof kind.prepare>>
      let bank: Awaited<ReturnType<typeof openDatabank>>
      beforeAll(async () => {
        place = await kind.prepare()
        bank = await openDatabank(place.url)
        for (const session of framework.variants) {
          for (const times of [{}, { maxAge: 3_000 }])
            twins.push((await twinsOf(framework, { session, times }, bank)) as Twins)
        }
      })
      afterAll(async () => {
        await Promise.all(twins.flatMap(({ own, ours }) => [own.close(), ours.close()]))
        await new Promise((resolve) => bank.disconnect(resolve))
        place.remove()
      })
      const anApp = fc.nat()
      const appOf = (n: number) => twins[n % twins.length] as Twins

      it('for any use of the session and the times of its cookie', async () => {
        await fc.assert(
          fc.asyncProperty(anApp, aCourseOf(framework), async (app, visits) => {
            await compare(appOf(app), { visits }, date.advance, EXCEPTIONS)
          }),
          { numRuns },
        )
      })

      it('for each time that an app can set', async () => {
        const wait = 0
        for (const time of framework.times) {
          for (const to of ODD_TIMES) {
            const [set, read, write] = [
              { do: 'set', time, to },
              { do: 'read' },
              { do: 'write', key: 'a', value: 1 },
            ] as const
            const login = { do: 'login', user: 'ann' } as const
            const visits = [[login], [set], [read], [write, set], [read]].map((steps) => ({ wait, steps }))
            for (const course of [visits, [{ wait, steps: [login, set] }, ...visits.slice(2)]]) {
              await compare(appOf(0), { visits: course }, date.advance, EXCEPTIONS)
            }
          }
        }
      })

      it('for any times in a stored record', async () => {
        await fc.assert(
          fc.asyncProperty(anApp, storedTimesOf(framework), aCourseOf(framework), async (app, planted, visits) => {
            const course = { planted, visits: [{ wait: 0, steps: [{ do: 'read' as const }] }, ...visits] }
            await compare(appOf(app), course, date.advance, EXCEPTIONS)
          }),
          { numRuns },
        )
      })
    })

    it('for any times in its config', async () => {
      const bank = await openDatabank('memory:')
      const config = fc.record({ session: fc.constantFrom(...framework.variants), times: configTimesOf(framework) })
      await fc.assert(
        fc.asyncProperty(config, aCourseOf(framework), async (options, visits) => {
          const twins = await twinsOf(framework, options, bank)
          // Skips configs that the framework rejects. fast-check fails if nearly all configs are skipped.
          fc.pre(twins !== null)
          try {
            await compare(twins, { visits }, date.advance, EXCEPTIONS)
          } finally {
            await Promise.all([twins.own.close(), twins.ours.close()])
          }
        }),
        { numRuns: FEW_RUNS },
      )
    })
  },
)

it('an age beyond the range of dates may differ from Koa’s own store (found by a run of the tests above)', async () => {
  const bank = await openDatabank('memory:')
  const twins = await twinsOf(koaSite, { session: {}, times: { maxAge: 8.64e15 } }, bank)
  if (!twins) throw new Error('koa-session accepts such an age')
  const visits: Visit[] = [
    { wait: 0, steps: [{ do: 'login', user: 'ann' }] },
    { wait: 0, steps: [{ do: 'save' }, { do: 'regenerate' }] },
    { wait: 0, steps: [] },
  ]
  try {
    await compare(twins, { visits }, () => {}, EXCEPTIONS)
  } finally {
    await Promise.all([twins.own.close(), twins.ours.close()])
  }
})
