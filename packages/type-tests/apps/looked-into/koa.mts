import { DatabankStore, openDatabank } from '@sessionbank/koa-databank-store'
import { SessionStore } from '@sessionbank/session-core'
import { withStoreMethods } from '@sessionbank/session-core/adapter'

const bank = await openDatabank('redis://localhost')
const stores = [new DatabankStore<{ n: number }>(bank), new SessionStore<{ n: number }>(bank)]
for (const store of stores) await store.find({ n: 1 })

export { withStoreMethods }
