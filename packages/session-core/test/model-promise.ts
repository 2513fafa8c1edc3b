import type { Databank, RecordsBank } from '@sessionbank/databank-kit'
import * as fc from 'fast-check'
import type { StoreOptions } from '../src/index.ts'
import { plans, run } from './model-requests.ts'
import { Clock } from './setup.ts'

type AnyBank = Databank & Partial<RecordsBank>

/** A bank that is tested against the model. */
interface ModelBank {
  open(): Promise<AnyBank>
  /**
   * The clock that expires its sessions: the store's own, this process's `Date`, or a server's, which no test can
   * change.
   */
  clock: 'store' | 'Date' | 'server'
  runs: number
  /** Options of the stores. */
  options?: StoreOptions
  /** True if the stores write synchronously. Default: false. */
  isSync?: boolean
}

/** Multiplies the number of runs, for more than CI has time for. */
const FACTOR = Number(process.env.SESSIONBANK_MODEL_RUNS ?? 1)

/** Defines the test that all six guarantees hold on a bank. */
export function promiseOrder({ open, clock: by, runs, options = {}, isSync = false }: ModelBank): void {
  let bank: AnyBank

  beforeAll(async () => {
    bank = await open()
    // Writers that conflict pause for a random time, which the scheduler cannot order.
    jest.spyOn(Math, 'random').mockReturnValue(0)
  })

  afterAll(async () => {
    jest.restoreAllMocks()
    await new Promise((resolve) => bank?.disconnect(resolve))
  })

  it(
    'concurrent requests have the same effect as some sequence of them',
    async () => {
      const property = fc.asyncProperty(plans(by !== 'server'), async (plan) => {
        const clock = new Clock()
        if (by === 'server') clock.time = Date.now()
        const date = by === 'Date' ? jest.spyOn(Date, 'now').mockImplementation(clock.now) : null
        try {
          expect(await run(plan, bank, clock, { type: 'model', ...options }, isSync)).toEqual({})
        } finally {
          date?.mockRestore()
        }
      })
      await fc.assert(property, { numRuns: runs * FACTOR })
    },
    120_000 * FACTOR,
  )
}
