import fc from 'fast-check'
import { ExpiryOrder } from '../src/expiry-order.ts'
import { Entry } from '../src/stored-form.ts'

const MANY = 64
const time = fc.option(fc.integer({ min: 0, max: 1_000 }))
/** Sets the expiry of an entry, or removes it. */
const step = fc.record({ n: fc.nat(MANY - 1), to: fc.oneof(time, fc.constant('out' as const)) })

it('entries are returned in the order of their expiry, however they were added, moved and removed', () => {
  fc.assert(
    fc.property(
      fc.array(time, { minLength: MANY, maxLength: MANY }),
      fc.array(step, { maxLength: 200 }),
      (times, steps) => {
        const order = new ExpiryOrder()
        const entries = times.map((expires, n) => new Entry(`${n}`, { json: '{}', expires, tokens: {} }, '1'))
        for (const entry of entries) order.set(entry)
        const out = new Set<Entry>()
        for (const { n, to } of steps) {
          const entry = entries[n] as Entry
          if (to === 'out') {
            out.add(entry)
            order.remove(entry)
          } else {
            out.delete(entry)
            entry.expires = to
            order.set(entry)
          }
        }
        const rest = entries.filter((entry) => entry.expires !== null && !out.has(entry)).map(({ expires }) => expires)
        for (const now of [-1, 0, 500, 1_000]) {
          expect(order.countEnded(now)).toBe(rest.filter((expires) => (expires as number) <= now).length)
        }
        const given: (number | null)[] = []
        for (let first = order.firstEnded(1_000); first; first = order.firstEnded(1_000)) {
          given.push(first.expires)
          order.remove(first)
        }
        expect(given).toEqual(rest.sort((a, b) => (a as number) - (b as number)))
      },
    ),
  )
})
