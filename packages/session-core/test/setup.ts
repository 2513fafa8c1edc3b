import { Link } from '../src/adapter.ts'
import { SessionStore, type StoreOptions } from '../src/index.ts'
import { openPlainMemory } from './plain-memory.ts'

/** A clock that a test controls. */
export class Clock {
  time = Date.UTC(2030, 0, 1)
  readonly now = () => this.time
  advance(ms: number): void {
    this.time += ms
  }
}

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** Opens a store on databank's memory driver, with its own clock. */
export async function openStore(options: Omit<StoreOptions, 'touchAfter'> & { touchAfter?: number | undefined } = {}) {
  const clock = new Clock()
  const bank = await openPlainMemory()
  const store = new SessionStore(
    bank,
    { cleanupInterval: false, touchAfter: 0, ...(options as StoreOptions) },
    { component: 'test', now: clock.now },
  )
  return { store, bank, clock }
}

/** A request: loads a session, and saves it on each call. */
export async function request(store: SessionStore, sid: string) {
  const link = new Link()
  const session = await store.load(sid, link)
  if (!session) throw new Error('there is no such session')
  return {
    session,
    save: () => store.save(sid, session, link),
    touch: () => store.touch(sid, session, link),
  }
}

/** Returns a cookie as a framework has it at the end of a request. */
export function cookie(maxAge: number, now: number) {
  return { originalMaxAge: maxAge, expires: new Date(now + maxAge), httpOnly: true, path: '/' }
}
