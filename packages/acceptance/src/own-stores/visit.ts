import type { OddTime } from './odd-times.ts'

/** The names of a session's times: those of its cookie, or in Koa the session's maxAge. */
export type TimeName = 'expires' | 'maxAge' | 'originalMaxAge'

/** One operation of a request on its session. */
export type Step =
  | { do: 'read' }
  | { do: 'login'; user: string }
  | { do: 'write'; key: string; value: unknown }
  | { do: 'set'; time: TimeName; to: OddTime }
  | { do: 'touch' | 'save' | 'reload' | 'regenerate' | 'logout' }

/** A request of the client, some time after the previous one. */
export interface Visit {
  wait: number
  steps: readonly Step[]
}

/** A request's session. `regenerate` and `reload` may replace the framework's session object in it. */
export interface VisitedSession {
  readonly data: Record<string, unknown>
  /** The expiry that the app sees. */
  readonly expires: unknown
  setTime(name: TimeName, value: unknown): void
  touch(): void
  save(): Promise<unknown>
  reload(): Promise<unknown>
  regenerate(): Promise<unknown>
  logout(): Promise<unknown>
}

/** An app's response about a session after the steps. */
export type Report = { user: unknown; data: unknown; expires: number | null } | 'logged out'

/** Performs the steps one after another, up to a logout. */
export async function perform(session: VisitedSession, steps: readonly Step[]): Promise<Report> {
  for (const step of steps) {
    switch (step.do) {
      case 'read':
        break
      case 'login':
        session.data.user = step.user
        break
      case 'write':
        session.data[step.key] = step.value
        break
      case 'set':
        session.setTime(step.time, step.to.at(Date.now()))
        break
      case 'touch':
        session.touch()
        break
      case 'logout':
        await session.logout()
        return 'logged out'
      default:
        await session[step.do]()
    }
  }
  const { user = null, a = null, b = null } = session.data
  return { user, data: [a, b], expires: user === null ? null : timeOf(session.expires) }
}

/** Returns a date as browsers read it, or null for invalid dates and five-digit years. */
function timeOf(expires: unknown): number | null {
  const time = expires instanceof Date || typeof expires === 'number' ? Number(expires) || Number.NaN : Number.NaN
  return Math.abs(time) < Date.UTC(10_000, 0) ? time : null
}

/**
 * The steps of requests to apps in this process, by ticket. A request sends only the ticket, because most values of
 * steps are not JSON.
 */
const underWay = new Map<string, readonly Step[]>()
let last = 0

export function post(steps: readonly Step[]): string {
  const ticket = String(++last)
  underWay.set(ticket, steps)
  return ticket
}

export function collect(ticket: unknown): readonly Step[] {
  const steps = underWay.get(String(ticket))
  underWay.delete(String(ticket))
  return steps ?? []
}
