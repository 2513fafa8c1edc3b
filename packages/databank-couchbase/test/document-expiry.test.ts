import { documentExpiry } from '../src/stored-form.ts'

const NOW = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

beforeAll(() => void jest.useFakeTimers({ now: NOW }))
afterAll(() => void jest.useRealTimers())

it('the expiry of a document is a span in whole seconds, rounded up, plus a minute', () => {
  expect(documentExpiry(NOW + 10_000)).toEqual({ expiry: 70 })
  expect(documentExpiry(NOW + 10_001)).toEqual({ expiry: 71 })
  expect(documentExpiry(NOW + 29 * DAY)).toEqual({ expiry: 29 * 86_400 + 60 })
})

it('the expiry of a document is a span even if over 30 days, which the client converts to a date', () => {
  for (const days of [30, 31, 400, 4_000]) {
    expect(documentExpiry(NOW + days * DAY)).toEqual({ expiry: days * 86_400 + 60 })
  }
})

it('the expiry of a document is never zero, which would mean no expiry', () => {
  for (const expires of [NOW, NOW - 1, NOW - 60_000, NOW - 400 * DAY, 0, -1]) {
    expect(documentExpiry(expires)).toEqual({ expiry: 60 })
  }
})

it('a document has no expiry if its record has none, or one later than 31 bits of seconds can represent', () => {
  const last = (2 ** 31 - 1) * 1_000
  expect(documentExpiry(last - 60_000)).toEqual({ expiry: (last - NOW) / 1_000 })
  for (const expires of [
    null,
    last - 59_999,
    Date.UTC(2046, 0, 1),
    Date.UTC(2106, 1, 8),
    Date.UTC(9999, 11, 31),
    8.64e15,
  ]) {
    expect(documentExpiry(expires)).toEqual({})
  }
})
