import { timed } from './rounds.mjs'
import { cookie, sessionOf, sidOf } from './sessions.mjs'

/** What is measured of a store, with what it is called in a table. */
export const OPERATIONS = {
  set: 'set, new',
  replace: 'set, there',
  get: 'get',
  touch: 'touch',
  save: 'save',
  destroy: 'destroy',
}

/**
 * A contestant that is a store of express-session, used as express-session uses it: a touch and a save come from a
 * session that was loaded before, a set of a session that is there from one that was not. It measures no touch of a store
 * that has none.
 *
 * @param open gives `{store, close}`
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
        // What loading left behind is not what is measured.
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
