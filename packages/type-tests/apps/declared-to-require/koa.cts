import koaSession = require('koa-session')
import sessionbank = require('@sessionbank/koa-databank-store')

declare module 'koa-session' {
  interface Session {
    user?: { id: number }
  }
}

async function main() {
  const store = new sessionbank.DatabankStore(await sessionbank.openDatabank('memory:'))
  koaSession.createSession({ store }, {})
  const found = await store.get('a')
  const id: number | undefined = found?.user?.id
  // @ts-expect-error no such key
  found?.nope
  // @ts-expect-error a number, not a text
  await store.find({ 'user.id': '42' })
  return id
}
main()
