import { promisify } from 'node:util'
import { fastifySession } from '@fastify/session'
import { DatabankStore, openDatabank, type StoreOptions } from '../src/index.ts'

export const HOUR = 3_600_000
export const SECRET = 'a secret for tests, of 32 characters or more'

/** The members of @fastify/session's Session that the tests use. */
export interface Session extends Record<string, unknown> {
  readonly sessionId: string
  cookie: { expires: unknown; maxAge: unknown; originalMaxAge: unknown }
  options(options: object): void
  regenerate(keep?: string[]): Promise<void>
  save(): Promise<void>
}
export interface Request {
  session: Session
}
type Done = (error?: Error) => void

export async function openStore(options: StoreOptions = {}) {
  const bank = await openDatabank('memory:', { schema: DatabankStore.schema })
  return { bank, store: new DatabankStore(bank, { cleanupInterval: false, touchAfter: 0, ...options }) }
}

/**
 * Returns a client of @fastify/session's own hooks, without HTTP: loads the session before each request and saves it
 * afterwards, with the client's cookie.
 *
 * @param cookie the plugin's options for the cookie
 */
export function openClient(store: DatabankStore, cookie: object = { secure: false, maxAge: HOUR }) {
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
  const options = { store, secret, cookie, saveUninitialized: false }
  const plugin = fastifySession as unknown as (on: object, with_: object, done: (error?: Error) => void) => void
  plugin(instance, options, () => {})

  let cookies: Record<string, string> = {}
  let attributes: Record<string, unknown> | undefined
  const reply = {
    setCookie(name: string, value: string, options: Record<string, unknown>) {
      cookies = { ...cookies, [name]: value }
      attributes = options
    },
    clearCookie() {
      cookies = {}
    },
  }
  const client = async <T>(handler: (session: Session, request: Request) => T): Promise<Awaited<T>> => {
    const request = { raw: { url: '/' }, cookies, protocol: 'https' } as unknown as Request
    attributes = undefined
    await promisify<void>((done) => onRequest(request, reply, done))()
    const result = await handler(request.session, request)
    await promisify<void>((done) => onSend(request, reply, '', done))()
    return result
  }
  return Object.assign(client, {
    /** Makes the client send the cookie of this session. */
    become(sid: string) {
      cookies = { sessionId: sid }
    },
    /** Returns the attributes of the session's cookie in the last response; undefined if it set none. */
    attributes: () => attributes,
  })
}
