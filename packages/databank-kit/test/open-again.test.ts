import { ConnectError, InvalidOptionError } from '../src/index.ts'
import { openAgain, type Pacing } from '../src/open-again.ts'
import { ReferenceDatabank } from './reference-databank.ts'

const notUp = (message = 'cannot open X: nothing listens there') =>
  new ConnectError(message, undefined, { isTransient: true })

/** A clock that only a pause, or an attempt that takes time, advances. */
class FakePacing implements Pacing {
  readonly pauses: number[] = []
  time = 0
  readonly random: () => number

  constructor(random = () => 0) {
    this.random = random
  }

  now(): number {
    return this.time
  }

  async pause(ms: number): Promise<void> {
    this.pauses.push(ms)
    this.time += ms
  }
}

/** Opens a bank whose attempts fail with these errors, the last of them repeatedly; undefined: the attempt succeeds. */
async function outcomeOf(errors: (Error | undefined)[], retry: number, pacing = new FakePacing(), takes = 0) {
  let attempts = 0
  const open = async () => {
    const error = errors[Math.min(attempts++, errors.length - 1)]
    pacing.time += takes
    if (error) throw error
  }
  const failure = await openAgain(open, retry, pacing).then(
    () => null,
    (error: Error) => error,
  )
  return { attempts, failure, pauses: pacing.pauses, time: pacing.time }
}

describe('a bank whose database is not up yet', () => {
  it('fails at once without `retry`, with the original error', async () => {
    const error = notUp()
    expect(await outcomeOf([error], 0)).toEqual({ attempts: 1, failure: error, pauses: [], time: 0 })
  })

  it('opens as soon as the database is up', async () => {
    const { attempts, failure } = await outcomeOf([notUp(), notUp(), undefined], 30_000)
    expect([attempts, failure]).toEqual([3, null])
  })

  it('waits longer each time, up to 2 s, but never beyond `retry`', async () => {
    const { attempts, pauses, time } = await outcomeOf([notUp()], 8_000)
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 900])
    expect([attempts, time]).toEqual([9, 8_000])
  })

  it('randomizes up to half of each pause', async () => {
    const { pauses } = await outcomeOf([notUp(), notUp(), undefined], 30_000, new FakePacing(() => 0.5))
    expect(pauses).toEqual([75, 150])
  })

  it('counts the duration of the attempts towards `retry`', async () => {
    const { attempts, pauses, time } = await outcomeOf([notUp()], 10_000, new FakePacing(), 5_000)
    expect(pauses).toEqual([100])
    expect([attempts, time]).toEqual([2, 10_100])
  })

  it('fails with the last error, the number of attempts and their duration', async () => {
    const cause = new Error('ECONNREFUSED')
    const last = new ConnectError('cannot open X: it is starting up', cause, { isTransient: true })
    const { failure } = await outcomeOf([notUp(), notUp(), last], 1_000)
    expect(failure).toBeInstanceOf(ConnectError)
    expect(failure).toMatchObject({
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: 'cannot open X: it is starting up (tried 5 times in 1.0 s)',
      cause,
      isTransient: true,
    })
  })

  it('fails at once with an error that is not transient', async () => {
    const refusal = new ConnectError('cannot open X: it refused the user')
    expect(await outcomeOf([refusal], 30_000)).toMatchObject({ attempts: 1, failure: refusal })
    const later = await outcomeOf([notUp(), notUp(), refusal], 30_000)
    expect(later).toMatchObject({ attempts: 3, failure: { message: `${refusal.message} (tried 3 times in 0.3 s)` } })
    const misuse = new InvalidOptionError('`max` is too large')
    expect(await outcomeOf([notUp(), misuse], 30_000)).toMatchObject({ attempts: 2, failure: misuse })
  })
})

describe('the option `retry` of a bank', () => {
  class LateDatabank extends ReferenceDatabank {
    attempts = 0

    protected override async _open(): Promise<void> {
      if (++this.attempts < 3) throw notUp()
    }
  }

  it('applies to connect() and to open() of the class', async () => {
    const bank = new LateDatabank({ retry: 60_000 })
    await bank.connect()
    expect([bank.connected, bank.attempts]).toEqual([true, 3])
    await bank.disconnect()
    await using opened = await LateDatabank.open({ retry: 60_000 })
    expect(opened.attempts).toBe(3)
  })

  it('is 0 by default, and a failed bank can be connected again', async () => {
    const bank = new LateDatabank()
    await expect(bank.connect()).rejects.toMatchObject({ isTransient: true })
    await expect(bank.connect()).rejects.toMatchObject({ isTransient: true })
    await bank.connect()
    await bank.disconnect()
  })

  it.each([true, '30s', -1, Number.NaN, 2 ** 31])('is refused if it is not a number of ms (%p)', (retry) => {
    expect(() => new LateDatabank({ retry: retry as number })).toThrow(
      expect.objectContaining({ code: 'SESSIONBANK_INVALID_OPTION', message: expect.stringContaining('`retry`') }),
    )
  })
})
