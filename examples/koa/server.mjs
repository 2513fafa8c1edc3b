import { DatabankStore, openDatabank } from '@sessionbank/koa-databank-store'
import Koa from 'koa'
import session from 'koa-session'

const bank = await openDatabank(process.env.SESSIONBANK_URL ?? 'disk:./.data')

const app = new Koa()
app.keys = [process.env.SESSIONBANK_SECRET ?? 'put a secret of your own here, 32 characters or more']
app.use(session({ store: new DatabankStore(bank), maxAge: 86_400_000, sameSite: 'lax' }, app))

app.use(async (ctx) => {
  if (ctx.method === 'GET' && ctx.path === '/') {
    ctx.session.views = (ctx.session.views ?? 0) + 1
    ctx.body = { user: ctx.session.user ?? null, views: ctx.session.views }
  }
  if (ctx.method === 'POST' && ctx.path === '/login') {
    ctx.session = { user: String(ctx.query.user ?? 'somebody') }
    // Changes the session id at login, so that an id known before is useless.
    await ctx.session.regenerate()
    ctx.body = { user: ctx.session.user }
  }
})

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}`)
})
process.once('SIGINT', () => {
  server.close(() => bank.disconnect())
  server.closeAllConnections()
})
