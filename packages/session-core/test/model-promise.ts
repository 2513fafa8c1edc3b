import type { Databank, RecordsBank } from '@sessionbank/databank-kit'
import * as fc from 'fast-check'
import type { StoreOptions } from '../src/index.ts'
import { plans, run } from './model-requests.ts'
import { Clock } from './setup.ts'

type AnyBank = Databank & Partial<RecordsBank>

/** A bank that the model is tried on. */
interface ModelBank {
  open(): Promise<AnyBank>
  /** By whose clock its sessions end: the store's own, this process's `Date`, or a server's, which no test can move. */
  clock: 'store' | 'Date' | 'server'
  runs: number
  /** Options of the stores. */
  options?: StoreOptions
}

/** More runs than CI has time for: SESSIONBANK_MODEL_RUNS times as many. */
const FACTOR = Number(process.env.SESSIONBANK_MODEL_RUNS ?? 1)

/** Makes the promise of all six guarantees on a bank. */
export function promiseOrder({ open, clock: by, runs, options = {} }: ModelBank): void {
  let bank: AnyBank

  beforeAll(async () => {
    bank = await open()
    // Writers who meet step back for a random time, which the scheduler cannot order.
    jest.spyOn(Math, 'random').mockReturnValue(0)
  })

  afterAll(async () => {
    jest.restoreAllMocks()
    await new Promise((resolve) => bank?.disconnect(resolve))
  })

  it(
    'whatever requests do at the same time, it is as if they had done it one after another',
    async () => {
      const property = fc.asyncProperty(plans(by !== 'server'), async (plan) => {
        const clock = new Clock()
        if (by === 'server') clock.time = Date.now()
        const date = by === 'Date' ? jest.spyOn(Date, 'now').mockImplementation(clock.now) : null
        try {
          expect(await run(plan, bank, clock, { type: 'model', ...options })).toEqual({})
        } finally {
          date?.mockRestore()
        }
      })
      await fc.assert(property, { numRuns: runs * FACTOR })
    },
    120_000 * FACTOR,
  )
}
