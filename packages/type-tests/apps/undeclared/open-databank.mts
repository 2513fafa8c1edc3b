// The options of openDatabank are those of the URL's driver.
import type { DiskDatabank } from '@sessionbank/databank-disk'
import { type BankOptions, DatabankStore, type OpenBank, openDatabank } from '@sessionbank/express-databank-store'
import { expectTypeOf } from 'expect-type'

declare const host: string
const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
await openDatabank('memory:', { maxRecords: 5, schema })
await openDatabank('disk:./sessions', { timeout: 5, schema })
await openDatabank('redis://localhost', { wait: { replicas: 1 }, schema })
await openDatabank(`redis+cluster://${host}`, { timeout: 5 })
await openDatabank('postgres://localhost/app', { table: 'sessions', max: 5 })
await openDatabank('mongodb://localhost/app', { db: 'app', createIndexes: false })
await openDatabank('couchbase://a:b@localhost/app', { durability: 'majority' })
await openDatabank('redis://localhost', { timeout: undefined })
await openDatabank('memory:', { retry: 30_000 })
await openDatabank('disk:./sessions', { retry: 30_000 })
await openDatabank('mongodb+srv://localhost/app', { retry: 30_000 })

// @ts-expect-error no such option
await openDatabank('memory:', { nope: 1 })
// @ts-expect-error no such option
await openDatabank('disk:./sessions', { maxRecords: 5 })
// @ts-expect-error misspelt
await openDatabank('redis://localhost', { timout: 5 })
// @ts-expect-error misspelt, at an address that is known at run time
await openDatabank(`rediss+sentinel://${host}/main`, { timout: 5 })
// @ts-expect-error misspelt
await openDatabank('valkeys+cluster://localhost', { timout: 5 })
// @ts-expect-error misspelt; schemes have no case
await openDatabank('REDIS://localhost', { timout: 5 })
// @ts-expect-error a time in ms
await openDatabank('redis://localhost', { retry: true })
// @ts-expect-error no text
await openDatabank('postgresql://localhost/app', { max: '5' })
// @ts-expect-error of another driver
await openDatabank('mongodb+srv://localhost/app', { table: 'sessions' })
// @ts-expect-error no such durability
await openDatabank('couchbases://a:b@localhost/app', { durability: 'all' })
// @ts-expect-error no options
await openDatabank('redis://localhost', 5)

// If the URL is known only at run time, any options are accepted.
declare const url: string
await openDatabank(url, { maxRecords: 5, table: 'sessions' })
expectTypeOf(openDatabank).toBeCallableWith(url, { anything: 1 })
const open: (url: string, options?: Record<string, unknown>) => Promise<OpenBank> = openDatabank
const options: BankOptions<'redis:'> = { wait: { replicas: 1 } }
await openDatabank('redis://localhost', options)

// OpenBank is the type of the result.
const bank: OpenBank = await open(url)
new DatabankStore(bank)
expectTypeOf(await openDatabank(url)).toEqualTypeOf<OpenBank>()
const disk: OpenBank<'disk:'> = await openDatabank('disk:./sessions')
await disk.backup('./copy')
expectTypeOf(disk.backup).toEqualTypeOf<DiskDatabank['backup']>()
new DatabankStore(disk)
export const any: OpenBank = disk
// @ts-expect-error only a disk bank has this method
await bank.backup('./copy')
// @ts-expect-error only a disk bank has this method
await (await openDatabank('memory:')).backup('./copy')
await using used = await openDatabank('memory:')
expectTypeOf(used.ping()).toEqualTypeOf<Promise<void>>()
used.ping((error) => expectTypeOf(error).toEqualTypeOf<Error | null>())
await used.disconnect()
