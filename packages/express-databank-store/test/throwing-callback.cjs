// Calls one method of a store, with a callback that throws, and says how the process learns of it.
const { DatabankStore, openDatabank } = require('@sessionbank/express-databank-store')

const [, , method] = process.argv
const session = { n: 1, cookie: { originalMaxAge: null, expires: null } }
const before = { get: ['a'], set: ['a', session], touch: ['a', session], destroy: ['a'], destroyWhere: [{ n: 1 }] }
let calls = 0

process.on('uncaughtException', ({ message }, origin) => console.log(`${origin}: ${message}, called ${calls} time`))
process.on('unhandledRejection', ({ message }) => console.log(`unhandledRejection: ${message}`))

openDatabank('memory:').then(async (bank) => {
  const store = new DatabankStore(bank)
  await store.set('a', session)
  store[method](...(before[method] ?? []), () => {
    calls++
    throw new Error('thrown by the app')
  })
})
