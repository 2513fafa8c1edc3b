import { isLive } from '@sessionbank/databank-kit'
import { dateOf, earlier } from './expiry.ts'
import { explained, explainedStream } from './explain-bank-error.ts'
import type { StoreContext } from './store-context.ts'
import { readableSession } from './to-session.ts'

/** Number, ages and size of the sessions. */
export interface StoreStats {
  /** Sessions that have not expired. */
  live: number
  /** Expired sessions that have not been removed yet; 0 if the bank cannot count them. */
  expired: number
  /** Records that this store cannot read: damaged, written by a later version, or sealed with another key. */
  unreadable: number
  /** When the oldest and the newest live session were created; null if no record contains a creation time. */
  created: {
    /** The creation of the oldest session. */
    oldest: Date | null
    /** The creation of the newest session. */
    newest: Date | null
  }
  /** Number of sessions by age: under an hour, an hour to a day, and so on; `unknown`: no creation time. */
  ages: Record<AgeGroup | 'unknown', number>
  /** Size of the records as JSON in UTF-8, before sealing. */
  bytes: {
    /** Size of all live sessions together. */
    total: number
    /** Size of the largest live session. */
    largest: number
  }
}

type AgeGroup = keyof typeof AGES

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Ages below these limits, in ms; each group begins where the one before it ends. */
const AGES = { hour: HOUR, day: DAY, week: 7 * DAY, month: 30 * DAY, older: Number.POSITIVE_INFINITY }
const GROUPS = Object.entries(AGES) as [AgeGroup, number][]

/** Reads all records, one at a time. */
export async function statsOf(context: StoreContext, onRecord: () => void = () => {}): Promise<StoreStats> {
  const { now, records } = context
  const ages = { hour: 0, day: 0, week: 0, month: 0, older: 0, unknown: 0 }
  const bytes = { total: 0, largest: 0 }
  let [live, unreadable] = [0, 0]
  let oldest: number | null = null
  let newest: number | null = null
  for await (const [id, stored] of explainedStream(records.entries())) {
    onRecord()
    const loaded = readableSession(id, stored, context)
    if (!loaded) {
      unreadable++
      continue
    }
    const { created, expires, text } = loaded.record
    if (!isLive(expires, now())) continue
    live++
    const size = Buffer.byteLength(text)
    bytes.total += size
    bytes.largest = Math.max(bytes.largest, size)
    ages[groupOf(created, now())]++
    if (created === null) continue
    oldest = earlier(oldest, created)
    newest = Math.max(newest ?? created, created)
  }
  const expired = await explained(records.countExpired?.() ?? Promise.resolve(0))
  return { live, expired, unreadable, created: { oldest: dateOf(oldest), newest: dateOf(newest) }, ages, bytes }
}

function groupOf(created: number | null, now: number): AgeGroup | 'unknown' {
  if (created === null) return 'unknown'
  return GROUPS.find(([, limit]) => now - created < limit)?.[0] ?? 'older'
}
