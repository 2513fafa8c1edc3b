// Calls one method of a store with a callback that throws, and prints how the error is reported. Without a further
// argument it has no listener and no log.
const { DatabankStore, openDatabank } = require('@sessionbank/express-databank-store')

const [, , method, reportedTo] = process.argv
const session = { n: 1, cookie: { originalMaxAge: null, expires: null } }
const before = {
  get: ['a'],
  set: ['a', session],
  touch: ['a', session],
  destroy: ['a'],
  update: ['a', () => {}],
  find: [{ n: 1 }],
  destroyWhere: [{ n: 1 }],
}
const log = { debug() {}, error: ({ err }) => console.log(`log: ${err.message}`) }
let calls = 0

process.on('uncaughtException', ({ message }, origin) => console.log(`${origin}: ${message}`))
process.on('unhandledRejection', ({ message }) => console.log(`unhandledRejection: ${message}`))
process.on('warning', ({ message, detail }) => {
  console.log(`warning: ${message.includes('thrown by the app') && detail.includes('throwing-callback.cjs')}`)
})
process.on('exit', () => console.log(`called ${calls} time`))

openDatabank('memory:').then(async (bank) => {
  const store = new DatabankStore(bank, reportedTo === 'log' ? { log } : {})
  if (reportedTo === 'event') store.on('error', ({ message }) => console.log(`event: ${message}`))
  await store.set('a', session)
  store[method](...(before[method] ?? []), () => {
    calls++
    throw new Error('thrown by the app')
  })
})
