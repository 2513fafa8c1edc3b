import { timed } from './rounds.mjs'
import { cookie, sessionOf, sidOf } from './sessions.mjs'

/** The measured operations of a store, with their titles. */
export const OPERATIONS = {
  set: 'set, new',
  replace: 'set, there',
  get: 'get',
  touch: 'touch',
  save: 'save',
  destroy: 'destroy',
}

/**
 * Returns a contestant for a store of express-session. The calls are those of express-session: it loads a session
 * before it touches or saves it. `replace` sets existing sessions that were not loaded. Touch is not measured if the
 * store has none.
 *
 * @param open returns `{store, close}`
 */
export function storeContestant(name, open) {
  let opened
  return {
    name,
    async round(round, load) {
      opened ??= await open()
      const { store } = opened
      const call = (method, ...args) => {
        return new Promise((resolve, reject) => {
          store[method](...args, (error, result) => (error ? reject(error) : resolve(result)))
        })
      }
      const sids = Array.from({ length: load.count }, (_, i) => sidOf(round, i))
      const fresh = sids.map((_, i) => sessionOf(i, load.bytes))
      const loaded = []
      const loadAll = async () => {
        await timed(load, async (i) => (loaded[i] = await call('get', sids[i])))
        // The garbage of loading is not part of the measurement.
        globalThis.gc?.()
      }
      const steps = {
        set: () => timed(load, (i) => call('set', sids[i], fresh[i])),
        replace: () => {
          const others = sids.map((_, i) => sessionOf(i + 1, load.bytes))
          globalThis.gc?.()
          return timed(load, (i) => call('set', sids[i], others[i]))
        },
        get: () => timed(load, (i) => call('get', sids[i])),
        touch: async () => {
          await loadAll()
          return timed(load, (i) => {
            loaded[i].cookie = cookie()
            return call('touch', sids[i], loaded[i])
          })
        },
        save: async () => {
          await loadAll()
          return timed(load, (i) => {
            loaded[i].visits++
            loaded[i].cookie = cookie()
            return call('set', sids[i], loaded[i])
          })
        },
        destroy: () => timed(load, (i) => call('destroy', sids[i])),
      }
      const times = {}
      for (const operation of Object.keys(OPERATIONS)) {
        if (operation === 'touch' && typeof store.touch !== 'function') continue
        globalThis.gc?.()
        times[operation] = await steps[operation]()
      }
      return times
    },
    close: async () => opened?.close(),
  }
}
