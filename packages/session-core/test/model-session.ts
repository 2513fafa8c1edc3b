/**
 * A model of one session that does one operation at a time: it defines the possible results for the guarantees. The
 * store keeps the guarantees if its results equal those of the model for some order of the operations. In that order,
 * an operation that ended before another began must come first.
 */
export interface ModelSession {
  data: Readonly<Record<string, unknown>>
  /** The age of its cookie, in ms; null for a session cookie. */
  age: number | null
  expires: number
}

/** An operation on a session, from `begun` to `ended`, and its result. */
export type Operation = { begun: number; ended: number } & (
  | { kind: 'advance'; ms: number }
  | { kind: 'create'; data: ModelSession['data']; age: number | null }
  | { kind: 'load'; found: Found | null }
  | ({ kind: 'save' } & Saving)
  | { kind: 'destroy' }
  | { kind: 'update'; found: Found | null }
)

/** A session as a request sees it. With a session cookie, its expiry is not visible. */
export interface Found {
  data: ModelSession['data']
  age: number | null
  expires: number | null
}

/** A save. A touch is a save without changes of data. */
export interface Saving {
  set: Record<string, unknown>
  deleted: string[]
  /** All data of the session object, which are written with onConflict "overwrite". */
  whole: ModelSession['data']
  /** undefined if the request did not change the cookie. */
  newAge: number | null | undefined
  /** Whether the store treated the session as ended, and whether it had done so before. */
  endedFor: boolean
  wasDead: boolean
  /** The expiry when the request last saw the session. A touch that would not extend it is not written. */
  knownExpires: number | null
}

export interface ModelSettings {
  ttl: number
  overwrites: boolean
}

/** Returns all states in which the operation may leave the session; none if its result is impossible. */
export function outcomes(
  session: ModelSession | null,
  operation: Exclude<Operation, { kind: 'advance' }>,
  /** The time at the start of the operation, and all later times until its end. */
  clocks: number[],
  settings: ModelSettings,
): (ModelSession | null)[] {
  const begin = clocks[0] as number
  const isLive = session !== null && clocks.some((now) => session.expires > now)
  const isGone = session === null || clocks.some((now) => session.expires <= now)

  switch (operation.kind) {
    case 'create':
      return lives(operation.age, begin, clocks, settings).map((expires) => ({
        data: operation.data,
        age: operation.age,
        expires,
      }))

    case 'destroy':
      return [null]

    case 'load':
      if (operation.found === null) return isGone ? [session] : []
      return isLive && isSeen(session, operation.found) ? [session] : []

    case 'update': {
      const { found } = operation
      if (found === null) return isGone ? [session] : []
      if (!isLive) return []
      const data = { ...session.data, n: Number(session.data.n ?? 0) + 1 }
      if (!same(data, found.data) || session.age !== found.age) return []
      return [{ ...session, data }]
    }

    case 'save':
      return saved(session, operation, clocks, settings, { isLive, isGone })
  }
}

function saved(
  session: ModelSession | null,
  saving: Saving,
  clocks: number[],
  settings: ModelSettings,
  { isLive, isGone }: { isLive: boolean; isGone: boolean },
): (ModelSession | null)[] {
  const changesData = Object.keys(saving.set).length + saving.deleted.length > 0
  const changesNothing = !changesData && saving.newAge === undefined
  if (saving.wasDead) return saving.endedFor ? [session] : []
  if (saving.endedFor) return isGone ? [session] : []

  const next: (ModelSession | null)[] = []
  if (changesNothing && (isGone || saving.knownExpires !== null)) {
    // If nothing has to be written, the store does not check whether the session still exists.
    const age = session?.age ?? settings.ttl
    const notWorthIt = saving.knownExpires !== null && (clocks[0] as number) + age <= saving.knownExpires
    if (notWorthIt || isGone) next.push(session)
  }
  if (!isLive) return changesNothing ? next : []
  const live = session as ModelSession

  const data = changesData && settings.overwrites ? saving.whole : mergedInto(live.data, saving)
  if (saving.newAge !== undefined) {
    for (const expires of lives(saving.newAge, clocks[0] as number, clocks, settings)) {
      next.push({ data, age: saving.newAge, expires })
    }
    return next
  }
  for (const now of clocks) {
    const renewed = now + (live.age ?? settings.ttl)
    next.push({ data, age: live.age, expires: Math.max(renewed, live.expires) })
  }
  return next
}

/**
 * Returns possible expiries. The expiry of a cookie is calculated at the start of the save, the expiry of `ttl` at any
 * time during the save.
 */
function lives(age: number | null, begin: number, clocks: number[], { ttl }: ModelSettings): number[] {
  return age !== null ? [begin + age] : clocks.map((now) => now + ttl)
}

function mergedInto(data: ModelSession['data'], { set, deleted }: Saving): ModelSession['data'] {
  const merged = { ...data, ...set }
  for (const key of deleted) delete merged[key]
  return merged
}

function isSeen(session: ModelSession, found: Found): boolean {
  if (session.age !== found.age || !same(session.data, found.data)) return false
  return found.age === null || session.expires === found.expires
}

export function same(a: ModelSession['data'], b: ModelSession['data']): boolean {
  return textOf(a) === textOf(b)
}

export function textOf(data: ModelSession['data']): string {
  return JSON.stringify(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)))
}
