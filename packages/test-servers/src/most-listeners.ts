import type { EventEmitter } from 'node:events'

/**
 * Counts the listeners of an emitter, because Node's warning about the eleventh one is not visible in Jest.
 *
 * @returns a function that returns the highest number so far
 */
export function mostListeners(emitter: Pick<EventEmitter, 'on' | 'listenerCount'>): () => number {
  let most = 0
  emitter.on('newListener', (event) => {
    most = Math.max(most, emitter.listenerCount(event) + 1)
  })
  return () => most
}
