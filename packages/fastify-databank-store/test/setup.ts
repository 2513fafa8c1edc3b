import { promisify } from 'node:util'
import { fastifySession } from '@fastify/session'
import { DatabankStore, openDatabank, type StoreOptions } from '../src/index.ts'

export const HOUR = 3_600_000
export const SECRET = 'a secret for tests, of 32 characters or more'

/** @fastify/session's Session, as far as the tests use it. */
export interface Session extends Record<string, unknown> {
  readonly sessionId: string
  regenerate(keep?: string[]): Promise<void>
  save(): Promise<void>
}
export interface Request {
  session: Session
}
type Done = (error?: Error) => void

export async function openStore(options: StoreOptions = {}) {
  const bank = await openDatabank('memory:', { schema: DatabankStore.schema })
  return { bank, store: new DatabankStore(bank, { cleanupInterval: false, ...options }) }
}

/**
 * A client of @fastify/session's own hooks, without HTTP: in front of each request the session is loaded, behind it saved,
 * and the cookie goes back and forth.
 */
export function openClient(store: DatabankStore) {
  let onRequest: (request: object, reply: object, done: Done) => void = () => {}
  let onSend: (request: object, reply: object, payload: string, done: Done) => void = () => {}
  const instance = {
    decorate() {},
    decorateRequest() {},
    addHook(name: string, hook: never) {
      if (name === 'onRequest') onRequest = hook
      else onSend = hook
    },
  }
  const secret = { sign: (value: string) => value, unsign: (value: string) => ({ valid: true, renew: false, value }) }
  const options = { store, secret, cookie: { secure: false, maxAge: HOUR }, saveUninitialized: false }
  const plugin = fastifySession as unknown as (on: object, with_: object, done: (error?: Error) => void) => void
  plugin(instance, options, () => {})

  let cookies: Record<string, string> = {}
  const reply = {
    setCookie(name: string, value: string) {
      cookies = { ...cookies, [name]: value }
    },
    clearCookie() {
      cookies = {}
    },
  }
  return async <T>(handler: (session: Session, request: Request) => T): Promise<Awaited<T>> => {
    const request = { raw: { url: '/' }, cookies, protocol: 'http' } as unknown as Request
    await promisify<void>((done) => onRequest(request, reply, done))()
    const result = await handler(request.session, request)
    await promisify<void>((done) => onSend(request, reply, '', done))()
    return result
  }
}
