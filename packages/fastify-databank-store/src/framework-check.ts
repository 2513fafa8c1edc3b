import * as fastifySession from '@fastify/session'
import { Link } from '@sessionbank/session-core'
import { attachedLink, attachLink, IncompatibleFrameworkError } from './session-link.ts'

type Plugin = (instance: object, options: object, done: (error?: Error) => void) => void
type Decrypt = (cookie: string, request: { session?: object }, done: (error?: Error) => void) => void

let compatible: boolean | undefined

/**
 * Runs @fastify/session once on a session of our own making and looks whether its link arrives.
 *
 * @throws IncompatibleFrameworkError where it does not: the store would take every save for a new session
 */
export function assertFrameworkKeepsLinks(): void {
  compatible ??= keepsLinks()
  if (!compatible) throw new IncompatibleFrameworkError()
}

function keepsLinks(): boolean {
  const link = new Link()
  const request: { session?: object } = {}
  let decrypt: Decrypt | undefined
  const instance = {
    decorate(name: string, value: Decrypt) {
      if (name === 'decryptSession') decrypt = value
    },
    decorateRequest() {},
    addHook() {},
  }
  const store = {
    get(_sid: string, callback: (error: null, session: object) => void) {
      const cookie = { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000) }
      attachLink(cookie, link)
      callback(null, { cookie })
    },
  }
  const signer = { sign: (value: string) => value, unsign: (value: string) => ({ valid: true, renew: false, value }) }
  const plugin = (fastifySession.fastifySession ?? fastifySession.default) as unknown as Plugin
  plugin(instance, { secret: signer, store }, () => {})
  decrypt?.('probe', request, () => {})
  return request.session !== undefined && attachedLink(request.session) === link
}
