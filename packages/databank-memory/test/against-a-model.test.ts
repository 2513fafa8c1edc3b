import fc from 'fast-check'
import { Limit } from '../src/limit.ts'
import { sizeOf } from '../src/stored-form.ts'
import { Table } from '../src/table.ts'

interface Modelled {
  json: string
  expires: number | null
  /** The number of the last use: a later use has a greater number. */
  used: number
}

/** A simple implementation of a table, which scans all records for each operation. */
class Model {
  readonly records = new Map<string, Modelled>()
  evicted = 0
  #uses = 0

  constructor(
    readonly maxRecords: number,
    readonly maxBytes: number,
  ) {}

  live(id: string, now: number): Modelled | undefined {
    const record = this.records.get(id)
    return record && !hasEnded(record, now) ? record : undefined
  }

  use(id: string): void {
    const record = this.records.get(id)
    if (record) record.used = ++this.#uses
  }

  write(id: string, json: string, expires: number | null, now: number): void {
    this.records.set(id, { json, expires, used: 0 })
    this.use(id)
    while (this.records.size > this.maxRecords || this.bytes > this.maxBytes) {
      if (this.removeEnded(1, now) === 1) continue
      const [oldest] = [...this.records].sort(([, a], [, b]) => a.used - b.used)
      this.records.delete((oldest as [string, Modelled])[0])
      this.evicted++
    }
  }

  get bytes(): number {
    return [...this.records].reduce((sum, [id, { json }]) => sum + sizeOf(id, json), 0)
  }

  removeEnded(most: number, now: number): number {
    const ended = [...this.records].filter(([, record]) => hasEnded(record, now))
    ended.sort(([, a], [, b]) => (a.expires as number) - (b.expires as number))
    for (const [id] of ended.slice(0, most)) this.records.delete(id)
    return Math.min(ended.length, most)
  }
}

function hasEnded({ expires }: Modelled, now: number): boolean {
  return expires !== null && expires <= now
}

const id = fc.integer({ min: 0, max: 12 }).map((n) => `id-${n}`)
/** In ms from now. */
const life = fc.option(fc.integer({ min: -5, max: 40 }))
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant('write' as const), id, life, length: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('touch' as const), id, life }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('read' as const), id }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('delete' as const), id }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('removeEnded' as const), most: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('clear' as const) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.nat(15) }) },
)
const limit = fc.option(fc.integer({ min: 1, max: 15 }), { nil: Number.POSITIVE_INFINITY })
const byteLimit = fc.option(fc.integer({ min: 45, max: 150 }), { nil: Number.POSITIVE_INFINITY })

it('a table behaves like a simple implementation that scans all records', () => {
  fc.assert(
    fc.property(limit, byteLimit, fc.array(step, { maxLength: 120 }), (maxRecords, maxBytes, steps) => {
      let [evicted, now, made] = [0, 0, 0]
      const table = new Table(
        [],
        new Limit(maxRecords, maxBytes).usageOf(() => evicted++),
      )
      const model = new Model(maxRecords, maxBytes)
      // Each expiry is unique, because records with the same expiry may be removed in any order.
      const end = (ms: number | null) => (ms === null ? null : now + ms + ++made / 1_000)
      const condition = () => ({ ifRevision: undefined, extend: false, now })
      for (const step of steps) {
        if (step.does === 'write') {
          const [expires, json] = [end(step.life), 'é'.repeat(step.length)]
          table.write(step.id, { json, expires, tokens: {} }, condition())
          model.write(step.id, json, expires, now)
        } else if (step.does === 'touch') {
          const expires = end(step.life)
          const live = model.live(step.id, now)
          expect(table.touch(step.id, { expires }, condition())).toBe(live !== undefined)
          if (live) {
            live.expires = expires
            model.use(step.id)
          }
        } else if (step.does === 'read') {
          expect(table.read(step.id)?.json).toBe(model.records.get(step.id)?.json)
          model.use(step.id)
        } else if (step.does === 'delete') {
          expect(table.delete(step.id, now)).toBe(model.live(step.id, now) !== undefined)
          model.records.delete(step.id)
        } else if (step.does === 'removeEnded') {
          expect(table.removeEnded(step.most, now)).toBe(model.removeEnded(step.most, now))
        } else if (step.does === 'clear') {
          table.clear()
          model.records.clear()
        } else {
          now += step.ms
        }
        expect(table.count(now)).toBe([...model.records.keys()].filter((id) => model.live(id, now)).length)
        expect(evicted).toBe(model.evicted)
      }
      const kept = [...iterated(table.all())].map(({ id, json, expires }) => [id, json, expires])
      expect(new Map(kept.map(([id, ...rest]) => [id, rest]))).toEqual(
        new Map([...model.records].map(([id, { json, expires }]) => [id, [json, expires]])),
      )
    }),
    { numRuns: 500 },
  )
})

function* iterated<T>(iterator: Iterator<T>): Generator<T> {
  for (let next = iterator.next(); !next.done; next = iterator.next()) yield next.value
}
