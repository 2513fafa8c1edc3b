import * as fastifySession from '@fastify/session'
import { Link } from '@sessionbank/session-core/adapter'
import { attachedLink, attachLinkToSession, IncompatibleFrameworkError, withLink } from './session-link.ts'

type Plugin = (instance: object, options: object, done: (error?: Error) => void) => void
type Decrypt = (cookie: string, request: { session?: Session }, done: (error?: Error) => void) => void
type Done = (error: null, session?: object | null) => void

interface Session {
  cookie?: unknown
  regenerate(callback: () => void): void
  reload(callback: () => void): void
}

const PROBE = 'probe'

let compatible: boolean | undefined

/**
 * Checks that @fastify/session passes links on, by one run with a loaded and a new test session.
 *
 * @throws IncompatibleFrameworkError if it does not: the store would treat every save as that of a new session
 */
export function assertFrameworkKeepsLinks(): void {
  compatible ??= keepsLinks()
  if (!compatible) throw new IncompatibleFrameworkError()
}

function keepsLinks(): boolean {
  const [loaded, made] = [new Link(), new Link()]
  const request: { session?: Session } = {}
  let decrypt: Decrypt | undefined
  const instance = {
    decorate(name: string, value: Decrypt) {
      if (name === 'decryptSession') decrypt = value
    },
    decorateRequest() {},
    addHook() {},
  }
  const store = {
    get: (sid: string, callback: Done) => callback(null, sid === PROBE ? sessionWith(loaded) : null),
    set(_sid: string, session: object, callback: Done) {
      attachLinkToSession(session, made)
      callback(null)
    },
    destroy: (_sid: string, callback: Done) => callback(null),
  }
  const signer = { sign: (value: string) => value, unsign: (value: string) => ({ valid: true, renew: false, value }) }
  const plugin = (fastifySession.fastifySession ?? fastifySession.default) as unknown as Plugin
  plugin(instance, { secret: signer, store }, () => {})

  decrypt?.(PROBE, request, () => {})
  if (!request.session || attachedLink(request.session) !== loaded) return false
  request.session.regenerate(() => {})
  request.session.reload(() => {})
  return attachedLink(request.session) === made
}

function sessionWith(link: Link): object {
  const cookie = { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000) }
  return { cookie: withLink(cookie, link) }
}
