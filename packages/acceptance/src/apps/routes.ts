import { gateNamed } from '../gates.ts'

/** A request's session in any framework. */
export interface RequestSession {
  /** The framework's current session object, which `reload` and `regenerate` replace. */
  readonly data: Record<string, unknown>
  readonly sid: string
  /** The expiry that the app sees; null: a session cookie. */
  readonly expires: Date | null
  remember(maxAge: number): void
  save(): Promise<void>
  reload(): Promise<void>
  regenerate(): Promise<void>
  logout(): Promise<void>
}

type Input = Record<string, unknown>
export type Route = (session: RequestSession, input: Input) => unknown
export type Routes = Record<string, Route>

/** The routes of every app. */
const ROUTES: Routes = {
  login({ data, sid }, { user }) {
    data.user = user
    return { sid }
  },

  me: ({ data }) => data.user ?? null,

  visit({ data }) {
    data.visits = ((data.visits as number | undefined) ?? 0) + 1
    return data.visits
  },

  show: ({ data, expires }) => {
    const { cookie: _, ...rest } = JSON.parse(JSON.stringify(data))
    return { data: rest, expires: expires?.getTime() ?? null }
  },

  set({ data }, { values }) {
    Object.assign(data, values)
  },

  remove({ data }, { keys }) {
    for (const key of keys as string[]) delete data[key]
  },

  async remember(session, { maxAge }) {
    session.remember(maxAge as number)
    await session.save()
  },

  logout: (session) => session.logout(),

  async relogin(session, { user }) {
    await session.regenerate()
    session.data.user = user
  },

  async saveNow(session, { values }) {
    Object.assign(session.data, values)
    await session.save()
  },

  async saveTwice(session, { first, second, between }) {
    Object.assign(session.data, first)
    await session.save()
    await gateNamed(between as string).pass()
    Object.assign(session.data, second)
    await session.save()
  },
}

/** Runs a route. If its input names a `gate`, waits there first, after loading the session. */
export async function perform(
  name: string,
  query: unknown,
  session: RequestSession,
  more: Routes = {},
): Promise<{ result: unknown }> {
  const route = more[name] ?? ROUTES[name]
  if (!route) throw new Error(`there is no route "${name}"`)
  const input = typeof query === 'string' ? (JSON.parse(query) as Input) : {}
  if (typeof input.gate === 'string') await gateNamed(input.gate).pass()
  return { result: (await route(session, input)) ?? null }
}
