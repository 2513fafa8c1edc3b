// A server whose routes answer, and then throw in the callbacks of their session. Sends its port and each warning of
// the process to its parent.
const express = require('express')
const session = require('express-session')
const { DatabankStore, openDatabank } = require('@sessionbank/express-databank-store')

process.on('warning', ({ message, detail }) => process.send({ warning: message, detail }))

openDatabank('memory:').then((bank) => {
  const app = express()
  const store = new DatabankStore(bank)
  app.use(session({ store, secret: 'secret', resave: false, saveUninitialized: false }))
  app.get('/login', (req, res) => {
    req.session.n = 1
    res.send('in')
  })
  for (const method of ['save', 'regenerate', 'reload', 'destroy']) {
    app.get(`/${method}`, (req, res) => {
      req.session[method](() => {
        res.send('answered')
        throw new Error(`thrown after ${method}`)
      })
    })
    app.get(`/${method}-text`, (req, res) => {
      req.session[method](() => {
        res.send('answered')
        throw `a text after ${method}`
      })
    })
  }
  const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
})
