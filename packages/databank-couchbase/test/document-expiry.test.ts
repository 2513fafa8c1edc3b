import { documentExpiry } from '../src/document-expiry.ts'

const NOW = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

beforeAll(() => void jest.useFakeTimers({ now: NOW }))
afterAll(() => void jest.useRealTimers())

it('is a span with a minute of grace while Couchbase reads it as one, rounded up to whole seconds', () => {
  expect(documentExpiry(NOW + 10_000)).toEqual({ expiry: 70 })
  expect(documentExpiry(NOW + 10_001)).toEqual({ expiry: 71 })
  expect(documentExpiry(NOW + 29 * DAY)).toEqual({ expiry: 29 * 86_400 + 60 })
})

it('is a date where Couchbase would read a span as one', () => {
  for (const days of [30, 31, 400, 20_000]) {
    expect(documentExpiry(NOW + days * DAY)).toEqual({ expiry: new Date(NOW + days * DAY + 60_000) })
  }
  expect(documentExpiry(NOW + 30 * DAY - 60_000)).toEqual({ expiry: new Date(NOW + 30 * DAY) })
})

it('is never zero, which would mean for ever', () => {
  for (const expires of [NOW, NOW - 1, NOW - 60_000, NOW - 400 * DAY, 0, -1]) {
    expect(documentExpiry(expires)).toEqual({ expiry: 60 })
  }
})

it('is none for a record that lives for ever, or beyond the calendar of Couchbase', () => {
  for (const expires of [null, Date.UTC(2106, 1, 8), Number.MAX_SAFE_INTEGER])
    expect(documentExpiry(expires)).toEqual({})
})
