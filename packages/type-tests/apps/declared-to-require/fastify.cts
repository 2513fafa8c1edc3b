import sessionbank = require('@sessionbank/fastify-databank-store')
import session = require('@fastify/session')

declare module 'fastify' {
  interface Session {
    user?: { id: number }
  }
}

async function main() {
  const store = new sessionbank.DatabankStore(await sessionbank.openDatabank('memory:'))
  const options: session.FastifySessionOptions = { store, secret: 'a secret of at least 32 characters' }
  const found: sessionbank.SessionData | null = await store.get('a')
  const id: number | undefined = found?.user?.id
  // @ts-expect-error no such key
  found?.nope
  // @ts-expect-error a number, not a text
  await store.find({ 'user.id': '42' })
  return [options, id]
}
main()
