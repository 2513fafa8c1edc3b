/**
 * An app on the memory bank, visited over HTTP while all timers are faked. Run directly, it uses @sinonjs/fake-timers,
 * as Vitest does: `node visits-under-fake-timers.cjs`. It prints "done".
 */
const { once } = require('node:events')
const http = require('node:http')
const express = require('express')
const session = require('express-session')

const MANY = 1_000
const HOUR = 3_600_000

/**
 * @param module the package of the store
 * @param advance advances the faked clock by a number of ms
 */
async function visits({ DatabankStore, openDatabank }, advance) {
  const bank = await openDatabank('memory:', { schema: { session: { pkey: 'sid', indices: ['user'] } } })
  const store = new DatabankStore(bank, { cleanupInterval: false })
  const app = express()
  app.use(
    session({
      store,
      secret: 'secret',
      resave: false,
      saveUninitialized: false,
      rolling: true,
      cookie: { maxAge: HOUR },
    }),
  )
  app.get('/', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.send(`${req.session.visits}`)
  })
  app.get('/look', (req, res) => res.send(`${req.session.visits}`))
  app.get('/logout', (req, res) => req.session.destroy(() => res.send('out')))
  const server = http.createServer(app)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

  let cookie
  const get = async (path) => {
    const request = http.get({ port: server.address().port, path, agent: false, headers: cookie ? { cookie } : {} })
    const [response] = await once(request, 'response')
    cookie = response.headers['set-cookie']?.[0].split(';')[0] ?? cookie
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    return text
  }
  const seen = [await get('/'), await get('/'), await get('/look')]
  for (let n = 0; n < MANY; n++) {
    await store.set(`${n}`, { user: 'ann', cookie: { expires: new Date(Date.now() + HOUR), originalMaxAge: HOUR } })
  }
  seen.push(await store.length(), (await store.all()).length, (await store.find({ user: 'ann' })).length)
  advance(HOUR / 2)
  seen.push(await get('/look'))
  advance(HOUR / 2 + 1)
  seen.push(
    await store.length(),
    (await store.cleanup()).removed,
    await get('/look'),
    await get('/logout'),
    await get('/'),
  )
  seen.push(await updatedByTwo(store, new DatabankStore(bank, { cleanupInterval: false })))
  seen.push(await new Promise((resolve) => bank.read('session', 'nobody', (error) => resolve(error.name))))
  await store.clear()
  await store.close()
  await bank.disconnect()
  await new Promise((resolve) => server.close(resolve))
  return seen
}

/** Two apps change one number concurrently, so that one has to retry after a pause. */
async function updatedByTwo(one, other) {
  await one.set('both', { n: 0, cookie: {} })
  let isFirst = true
  const { n } = await one.update('both', async (session) => {
    if (isFirst) await other.update('both', (session) => void session.n++)
    isFirst = false
    session.n++
  })
  await other.close()
  return n
}

/** The visitor's results, and the numbers of sessions in between. */
const EXPECTED = ['1', '2', '2', MANY + 1, MANY + 1, MANY, '2', 1, MANY, '2', 'out', '1', 2, 'NoSuchThingError']

module.exports = { visits, EXPECTED }

async function main() {
  const FakeTimers = require('@sinonjs/fake-timers')
  const store = require('../dist/index.cjs')
  // Vitest fakes everything except these two, without which Node's own HTTP would hang.
  const clock = FakeTimers.install({ toNotFake: ['nextTick', 'queueMicrotask'] })
  const seen = await visits(store, (ms) => clock.setSystemTime(Date.now() + ms))
  clock.uninstall()
  require('node:assert').deepEqual(seen, EXPECTED)
  process.stdout.write('done')
}

if (require.main === module) main()
