// The app in a bundle, without its bank: serve(open). Run the bundle as fork('app.mjs', [bank URL]). It sends its port
// when it listens, and ends after the message 'close', or when its parent is gone.
import { DatabankStore, openDatabank, SessionbankError } from '@sessionbank/express-databank-store'
import express from 'express'
import session from 'express-session'

/** @param open returns the connected bank of a URL */
export async function serve(open) {
  const bank = await open(process.argv[2])
  const store = new DatabankStore(bank, { cleanupInterval: false })
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
  app.get('/login', (req, res) => {
    req.session.user = 'ann'
    res.json({ result: null })
  })
  app.get('/user', (req, res) => res.json({ result: req.session.user ?? null }))
  app.get('/logout', (req, res) => req.session.destroy(() => res.json({ result: null })))
  /** Checks that the driver's error for a wrong URL is of the class that the store's package exports. */
  app.get('/refusal', async (_req, res) => {
    const error = await open('nonsense:').catch((reason) => reason)
    res.json({ result: { isOurs: error instanceof SessionbankError, code: error.code } })
  })
  /** Returns the error of `openDatabank` in the bundle. */
  app.get('/by-url', async (req, res) => {
    const { url } = JSON.parse(req.query.input)
    const { code, message } = await openDatabank(url).catch((error) => error)
    res.json({ result: { code, message } })
  })

  const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port))
  process.once('message', async () => {
    server.close()
    server.closeAllConnections()
    await store.close()
    await bank.disconnect()
    process.disconnect()
  })
  process.once('disconnect', () => process.exit())
}
