import type { Emitter } from './redis-client.ts'

type Listener = (argument: Error) => void

/** The listeners to an event of a client, called by one registered listener. */
interface Audience {
  listeners: Set<Listener>
  tell: Listener
}

const audiences = new WeakMap<Emitter, Map<string, Audience>>()

/**
 * Listens to the app's client, with one listener for all banks that use it, because Node warns at the eleventh
 * listener.
 *
 * @returns a function that removes the listener
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
