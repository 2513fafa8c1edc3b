import type { Emitter } from './redis-client.ts'

type Listener = (argument: Error) => void

/** Those who listen to an event of a client, behind one listener. */
interface Audience {
  listeners: Set<Listener>
  tell: Listener
}

const audiences = new WeakMap<Emitter, Map<string, Audience>>()

/**
 * Listens to a client of the app, with one listener for all banks that use it: Node warns of the eleventh.
 *
 * @returns a function that ends it
 */
export function onShared(client: Emitter, event: string, listener: Listener): () => void {
  const events = audiences.get(client) ?? new Map<string, Audience>()
  audiences.set(client, events)
  const audience = events.get(event) ?? audienceOf(client, event)
  events.set(event, audience)
  audience.listeners.add(listener)
  return () => {
    audience.listeners.delete(listener)
    if (audience.listeners.size > 0 || events.get(event) !== audience) return
    events.delete(event)
    client.off(event, audience.tell)
  }
}

function audienceOf(client: Emitter, event: string): Audience {
  const listeners = new Set<Listener>()
  const tell = (argument: Error) => {
    for (const listener of [...listeners]) listener(argument)
  }
  client.on(event, tell)
  return { listeners, tell }
}
