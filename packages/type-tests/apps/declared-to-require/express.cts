import session = require('express-session')
import factory = require('@sessionbank/express-databank-store')

declare module 'express-session' {
  interface SessionData {
    user?: { id: number }
  }
}

async function main() {
  const Store = factory(session)
  const store = new Store(await factory.openDatabank('memory:'))
  session({ store, secret: 'a secret' })
  const found: factory.SessionData | null = await store.get('a')
  const id: number | undefined = found?.user?.id
  const criteria: factory.Criteria<factory.DeclaredData, 'user.id'> = { 'user.id': id ?? 0 }
  const sessions: factory.FoundSession[] = await store.find(criteria)
  // @ts-expect-error no such key
  found?.nope
  // @ts-expect-error no such key
  sessions[0]?.session.nope
  // @ts-expect-error a number, not a text
  await store.find({ 'user.id': '42' })
}
main()
