import type { OpenBank } from '@sessionbank/session-core'

/** The response to a request. */
export interface RawAnswer {
  /** "none" if the connection was closed without a response. */
  status: number | 'none'
  body: unknown
  setCookies: string[]
}

/** An app of the framework on one of the two stores. */
export interface Site {
  /** Sends a request that performs the steps stored under this ticket: see visit.ts. */
  visit(ticket: string, cookie: string): Promise<RawAnswer>
  /** Writes a session into the store without the framework, and returns its `Cookie` header. */
  plant(sid: string, times: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

/** The store of an app: the framework's own, or ours on a bank. */
export type Keeping = { bank: OpenBank } | 'own store'

/** The app's settings. */
export interface SiteConfig {
  /** Session options of the framework, such as `rolling`. */
  session?: object
  /** The times of its cookie. */
  times?: Record<string, unknown>
}

/** A framework, as described for the comparison. */
export interface TwinFramework {
  name: 'Express' | 'Koa' | 'Fastify'
  title: string
  /** The times that its apps can set. */
  times: readonly ('expires' | 'maxAge' | 'originalMaxAge')[]
  /** The other operations of its sessions. */
  abilities: readonly ('touch' | 'save' | 'reload' | 'regenerate' | 'logout')[]
  /** Session options that change when it saves. */
  variants: readonly object[]
  /** The keys of times in its records. */
  storedTimes: readonly string[]
  start(keeping: Keeping, config: SiteConfig): Promise<Site>
}

/** Options without features that the frameworks' own stores lack: cleanup and a ttl. */
export const STORE_OPTIONS = { cleanupInterval: false, touchAfter: 0, ttl: false } as const

export const SECRET = 'a secret of at least thirty-two characters'

/** Sends a request over HTTP. */
export async function ask(url: string, ticket: string, cookie: string): Promise<RawAnswer> {
  try {
    const response = await fetch(`${url}/?ticket=${ticket}`, { headers: cookie ? { cookie } : {} })
    return { status: response.status, body: await response.json(), setCookies: response.headers.getSetCookie() }
  } catch {
    return { status: 'none', body: null, setCookies: [] }
  }
}
