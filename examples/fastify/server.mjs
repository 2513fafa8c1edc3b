import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { DatabankStore, openDatabank } from '@sessionbank/fastify-databank-store'
import Fastify from 'fastify'

const bank = await openDatabank(process.env.SESSIONBANK_URL ?? 'disk:./.data')

const app = Fastify({ forceCloseConnections: true })
app.register(cookie)
app.register(session, {
  store: new DatabankStore(bank),
  secret: process.env.SESSIONBANK_SECRET ?? 'put a secret of your own here, 32 characters or more',
  saveUninitialized: false,
  cookie: { maxAge: 86_400_000, sameSite: 'lax', secure: 'auto' },
})

app.get('/', async ({ session }) => {
  session.views = (session.views ?? 0) + 1
  return { user: session.user ?? null, views: session.views }
})

app.post('/login', async (request) => {
  // Changes the session id at login, so that an id known before is useless.
  await request.session.regenerate()
  request.session.user = String(request.query.user ?? 'somebody')
  return { user: request.session.user }
})

app.addHook('onClose', () => bank.disconnect())
await app.listen({ port: process.env.PORT ?? 3000 })
console.log(`http://localhost:${app.server.address().port}`)
process.once('SIGINT', () => app.close())
