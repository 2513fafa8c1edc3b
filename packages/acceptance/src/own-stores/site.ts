import type { OpenBank } from '@sessionbank/session-core'

/** What a request was answered with. */
export interface RawAnswer {
  /** "none": the connection was closed without an answer. */
  status: number | 'none'
  body: unknown
  setCookies: string[]
}

/** An app of the framework, on one of two stores. */
export interface Site {
  /** Asks for the steps that wait under this ticket. */
  visit(ticket: string, cookie: string): Promise<RawAnswer>
  /** Puts a session into the store beside the framework, and gives the `Cookie` header that fits. */
  plant(sid: string, times: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

/** Where an app keeps its sessions: in the framework's own store, or in ours on this bank. */
export type Keeping = { bank: OpenBank } | 'own store'

/** What the app's developer chose. */
export interface SiteConfig {
  /** The framework's session options: `rolling` and the like. */
  session?: object
  /** The times of its cookie. */
  times?: Record<string, unknown>
}

/** A framework as this comparison needs it. */
export interface TwinFramework {
  name: 'Express' | 'Koa' | 'Fastify'
  title: string
  /** The times that an app of it can set. */
  times: readonly ('expires' | 'maxAge' | 'originalMaxAge')[]
  /** What else its sessions can do. */
  abilities: readonly ('touch' | 'save' | 'reload' | 'regenerate' | 'logout')[]
  /** Session options that change when it saves. */
  variants: readonly object[]
  /** The keys under which its records keep times. */
  storedTimes: readonly string[]
  start(keeping: Keeping, config: SiteConfig): Promise<Site>
}

/** Nothing that sweeps, and no life that the frameworks' own stores do not know. */
export const STORE_OPTIONS = { cleanupInterval: false, touchAfter: 0, ttl: false } as const

export const SECRET = 'a secret of at least thirty-two characters'

/** Asks over HTTP. */
export async function ask(url: string, ticket: string, cookie: string): Promise<RawAnswer> {
  try {
    const response = await fetch(`${url}/?ticket=${ticket}`, { headers: cookie ? { cookie } : {} })
    return { status: response.status, body: await response.json(), setCookies: response.headers.getSetCookie() }
  } catch {
    return { status: 'none', body: null, setCookies: [] }
  }
}
