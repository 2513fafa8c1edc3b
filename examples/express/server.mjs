import { DatabankStore, openDatabank } from '@sessionbank/express-databank-store'
import express from 'express'
import session from 'express-session'

const bank = await openDatabank(process.env.SESSIONBANK_URL ?? 'disk:./.data')
const store = new DatabankStore(bank)
const secret = process.env.SESSIONBANK_SECRET ?? 'put a secret of your own here, 32 characters or more'
const cookie = { maxAge: 86_400_000, sameSite: 'lax' }

const app = express()
app.use(session({ store, secret, resave: false, saveUninitialized: false, cookie }))

app.get('/', (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1
  res.json({ user: req.session.user ?? null, views: req.session.views })
})

app.post('/login', (req, res, next) => {
  // Changes the session id at login, so that an id known before is useless.
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.user = String(req.query.user ?? 'somebody')
    res.json({ user: req.session.user })
  })
})

const server = app.listen(process.env.PORT ?? 3000, (error) => {
  if (error) throw error
  console.log(`http://localhost:${server.address().port}`)
})
process.once('SIGINT', () => {
  server.close(() => bank.disconnect())
  server.closeAllConnections()
})
