import type { EventEmitter } from 'node:events'

/**
 * Watches how many listeners an emitter gets. Node warns of the eleventh of an event, but not so that Jest could see it.
 *
 * @returns a function that gives the highest number so far
 */
export function mostListeners(emitter: Pick<EventEmitter, 'on' | 'listenerCount'>): () => number {
  let most = 0
  emitter.on('newListener', (event) => {
    most = Math.max(most, emitter.listenerCount(event) + 1)
  })
  return () => most
}
