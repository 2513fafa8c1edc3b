// An app without the drivers, and without types of its framework.
import { type Bank, DatabankStore, type DeclaredData, openDatabank } from '@sessionbank/express-databank-store'
import { DatabankStore as KoaStore } from '@sessionbank/koa-databank-store'
import { type AnyData, type OpenBank, SessionStore } from '@sessionbank/session-core'
import { expectTypeOf } from 'expect-type'

declare const bank: Bank
expectTypeOf<DeclaredData>().toEqualTypeOf<AnyData>()
const opened = await openDatabank('redis://localhost', { anything: 1 })
expectTypeOf(opened).toEqualTypeOf<OpenBank>()
const disk = await openDatabank('disk:./sessions', { anything: 1 })
// @ts-expect-error not known here
await disk.backup('./copy')
// @ts-expect-error memory: comes along
await openDatabank('memory:', { anything: 1 })
for (const store of [
  new DatabankStore<{ n: number }>(bank),
  new KoaStore<{ n: number }>(bank),
  new SessionStore<{ n: number }>(bank),
]) {
  await store.find({ n: 1 })
  // @ts-expect-error a number, not a text
  await store.find({ n: '1' })
}
expectTypeOf((await new DatabankStore(bank).get('a'))?.any.thing).toBeAny()
// @ts-expect-error no such key
;(await new DatabankStore<{ n: number }>(bank).get('a'))?.nope
