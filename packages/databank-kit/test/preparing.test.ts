import { type Call, Calls, type Failure, type Page, RecordsBase, type Revision } from '../src/index.ts'

/** Stores no records, and logs the calls of its methods. */
class Preparing extends RecordsBase {
  readonly calledUpon: string[] = []
  /** The promise that the next preparation waits for. */
  preparation: () => Promise<void> = async () => {}

  constructor(failureOf: (error: unknown) => Failure | Error = (error) => error as Error) {
    super({
      calls: new Calls({ database: 'a test', timeout: 20_000, failureOf }),
      ids: { rule: 'text', maxBytes: 100 },
    })
  }

  protected override async _prepare(): Promise<void> {
    this.calledUpon.push('prepare')
    await this.preparation()
  }

  protected async _read(): Promise<null> {
    return null
  }

  protected async _write(id: string): Promise<Revision> {
    this.calledUpon.push(id)
    return 'revision'
  }

  protected async _touch(): Promise<boolean> {
    return false
  }

  protected async _delete(): Promise<boolean> {
    return false
  }

  protected async _page(): Promise<Page> {
    return { records: [] }
  }

  protected async _candidates(): Promise<Page> {
    return { records: [] }
  }

  protected async _count(): Promise<number> {
    return 0
  }

  protected async _clear(): Promise<void> {}

  protected async _deleteExpired(_limit: number, _now: number, _call: Call): Promise<number> {
    return 0
  }

  close() {
    return this.calls.close()
  }
}

const NEVER = { expires: null }

describe('the preparation of a type before its first write', () => {
  it('is done once for all writes that wait for it', async () => {
    const records = new Preparing()
    await records.read('a')
    await Promise.all([records.write('a', '{}', NEVER), records.write('b', '{}', NEVER)])
    await records.write('c', '{}', NEVER)
    expect(records.calledUpon).toEqual(['prepare', 'a', 'b', 'c'])
  })

  it('fails its write if it fails, and is repeated before the next write', async () => {
    const records = new Preparing()
    records.preparation = () => Promise.reject(new Error('no index'))
    await expect(records.write('a', '{}', NEVER)).rejects.toThrow('no index')
    records.preparation = async () => {}
    await records.write('b', '{}', NEVER)
    expect(records.calledUpon).toEqual(['prepare', 'prepare', 'b'])
  })

  it('is part of the call: no write starts after its deadline, and closing waits for it', async () => {
    const records = new Preparing()
    let prepared = () => {}
    records.preparation = () => new Promise((resolve) => (prepared = resolve))
    const late = records.write('late', '{}', { ...NEVER, deadline: performance.now() + 20 })
    const inTime = records.write('in-time', '{}', NEVER)
    await expect(late).rejects.toMatchObject({ code: 'SESSIONBANK_TIMEOUT' })
    const closed = records.close()
    prepared()
    await closed
    expect(await inTime).toBe('revision')
    expect(records.calledUpon).toEqual(['prepare', 'in-time'])
  })
})

it('a write that is retried does not prepare its type again', async () => {
  const failureOf = () => ({ outcome: 'refused', message: 'not now', isTransient: true }) as const
  const records = new Preparing(failureOf)
  let isBusy = true
  jest.spyOn(records as unknown as { _write(id: string): Promise<Revision> }, '_write').mockImplementation(async () => {
    if (!isBusy) return 'revision'
    isBusy = false
    throw new Error('not now')
  })

  expect(await records.write('a', '{}', { expires: null })).toBe('revision')
  expect(records.calledUpon).toEqual(['prepare'])
})
