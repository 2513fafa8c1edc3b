// Calls methods that fail, as frameworks do: without a callback, and ignoring the promise.
const { DatabankStore, openDatabank } = require('@sessionbank/express-databank-store')

openDatabank('memory:').then((bank) => {
  const store = new DatabankStore(bank, { cleanupInterval: 1 })
  bank.disconnect(() => {
    store.destroy('a')
    store.destroy('a', undefined)
    store.destroy('a', null)
    store.set('a', { cookie: {} })
    store.set('', { cookie: {} })
    store.set('a', { n: 1n, cookie: {} })
    store.get('a')
    store.touch('a', { cookie: {} })
    store.all()
    store.clear()
    store.cleanup()
    setTimeout(() => console.log('still here'), 50)
  })
})
