// One of several processes of an app: fork('counting-app.mjs', [bank URL, store options, bank options]), with options
// as JSON. Sends its port when it listens, and ends after the message 'close', or when its parent is gone.
import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import express from 'express'
import session from 'express-session'

const [url, options = '{}', bankOptions = '{}'] = process.argv.slice(2)
// On a busy machine, one attempt may not be enough.
const bank = await openDatabank(url, { retry: 60_000, ...JSON.parse(bankOptions) })
const store = new DatabankStore(bank, JSON.parse(options))

const app = express()
app.use(
  session({
    store,
    secret: 'a secret of at least thirty-two characters',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 3_600_000 },
  }),
)
/** Increments a key of the client's session. */
app.get('/count/:key', (req, res, next) => {
  const { key } = req.params
  req.session[key] = (req.session[key] ?? 0) + 1
  const count = req.session[key]
  req.session.save((error) => (error ? next(error) : res.json({ result: count })))
})
/** Increments a key repeatedly, by update(). */
app.get('/increments/:times', async (req, res) => {
  for (let n = 0; n < Number(req.params.times); n++) await store.update(req.sessionID, (own) => void own.sum++)
  res.json({ result: null })
})
app.use((error, _req, res, _next) => {
  if (res.headersSent) return
  // If the touch at the end fails as well, Express destroys the connection after the response.
  res.set('connection', 'close')
  res.status(500).json({ error: { code: error.code, message: error.message } })
})

const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port))
// With the default, a connection that is idle while the bank is away could be closed just as the client reuses it.
server.keepAliveTimeout = 120_000

async function close() {
  server.close()
  server.closeAllConnections()
  await store.close()
  await bank.disconnect()
  if (process.connected) process.disconnect()
}
process.on('message', close)
process.once('disconnect', () => process.exit())
