/**
 * A script on a bank that never answers: `node waiting-script.cjs <plain|records> <work>`. Prints the code of the error
 * that it gets, and should end by itself; if it hangs, the test kills it.
 */
const { SessionStore } = require('../dist/index.js')

const [, , kind, work] = process.argv
/** Longer than the test waits, so that a process that ends at once did not wait for it. */
const FOREVER = 600_000

let asked = () => {}
const wasAsked = new Promise((resolve) => {
  asked = resolve
})
const silence = () => asked()
const never = () => {
  asked()
  return new Promise(() => {})
}

const plain = { read: silence, save: silence, del: silence, scan: silence }
async function* stream() {
  yield await never()
}
const records = () => ({
  read: never,
  write: never,
  touch: never,
  delete: never,
  count: never,
  clear: never,
  deleteExpired: never,
  entries: stream,
  find: stream,
})
const bank = kind === 'plain' ? plain : { ...plain, records }

const session = { n: 1, cookie: {} }
const foreground = {
  load: (store) => store.load('a'),
  save: (store) => store.save('a', session),
  touch: (store) => store.touch('a', session),
  destroy: (store) => store.destroy('a'),
  update: (store) => store.update('a', () => {}),
  all: (store) => store.all(),
  length: (store) => store.length(),
  find: (store) => store.find({ user: 'ann' }),
  destroyWhere: (store) => store.destroyWhere({ user: 'ann' }),
  cleanup: (store) => store.cleanup(),
  clear: (store) => store.clear(),
}

/** Makes the timer's sweep begin and hang. After that, only the store can keep the process alive. */
async function hangingSweep(timeout, options = {}) {
  const store = new SessionStore(bank, { cleanupInterval: 1, timeout, ...options })
  const held = setInterval(() => {}, 1_000)
  await wasAsked
  clearInterval(held)
  return store
}

async function main() {
  if (work === 'timer') {
    await hangingSweep(FOREVER)
    return 'begun'
  }
  if (work === 'limiting timer') {
    await hangingSweep(FOREVER, { maxLifetime: 1_000 })
    return 'begun'
  }
  if (work === 'joined') {
    const store = await hangingSweep(500)
    store.on('error', () => {})
    return store.cleanup()
  }
  const found = (_type, _id, done) => setImmediate(done, null, { ...session, sid: 'a' })
  if (work === 'answered') {
    const store = new SessionStore({ ...plain, read: found }, { cleanupInterval: false, timeout: FOREVER })
    return (await store.load('a')).n
  }
  if (work === 'second') {
    const falling = { ...plain, read: found }
    const store = new SessionStore(falling, { cleanupInterval: false, timeout: 500 })
    await store.load('a')
    falling.read = silence
    return store.load('a')
  }
  if (work === 'slow change') {
    const store = new SessionStore({ ...plain, read: found }, { cleanupInterval: false, timeout: 100 })
    return store.update('a', () => new Promise(() => {}))
  }
  return foreground[work](new SessionStore(bank, { cleanupInterval: false, timeout: 100 }))
}

main()
  .catch((error) => error.code)
  .then((result) => process.stdout.write(String(result)))
