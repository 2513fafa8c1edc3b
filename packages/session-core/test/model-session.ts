/**
 * What may be seen of one session, whoever asks and in whatever order: the guarantees as a model that does one thing at a
 * time. The store keeps them if what it answered can be had by doing the same in some order that respects who came first.
 */
export interface ModelSession {
  data: Readonly<Record<string, unknown>>
  /** The age in its cookie, in ms; null: until the browser closes. */
  age: number | null
  expires: number
}

/** What somebody did with a session, from `begun` to `ended`, and what came of it. */
export type Operation = { begun: number; ended: number } & (
  | { kind: 'advance'; ms: number }
  | { kind: 'create'; data: ModelSession['data']; age: number | null }
  | { kind: 'load'; found: Found | null }
  | ({ kind: 'save' } & Saving)
  | { kind: 'destroy' }
  | { kind: 'update'; found: Found | null }
)

/** A session as a request sees it; one until the browser closes does not show when it ends. */
export interface Found {
  data: ModelSession['data']
  age: number | null
  expires: number | null
}

/** A save; a touch is one that changes no data. */
export interface Saving {
  set: Record<string, unknown>
  deleted: string[]
  /** All that the session object held: what is written where the last write wins. */
  whole: ModelSession['data']
  /** undefined: the request left the cookie alone. */
  newAge: number | null | undefined
  /** Whether the store took the session for ended, and whether it had done so before. */
  endedFor: boolean
  wasDead: boolean
  /** Until when the session lived when the request saw it last; a touch that does not move that is not worth a write. */
  knownExpires: number | null
}

export interface ModelSettings {
  ttl: number
  overwrites: boolean
}

/** Every state in which the operation may leave the session; none where it cannot have gone like this. */
export function outcomes(
  session: ModelSession | null,
  operation: Exclude<Operation, { kind: 'advance' }>,
  /** The time when the operation began, and what it was since. */
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
    // Where nothing is to be written, nobody looks whether the session is still there.
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

/** A cookie's end is worked out by the request when it asks for the save, the end by `ttl` whenever the store gets to it. */
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
