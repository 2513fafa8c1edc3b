import { koaSession6Framework } from '../src/apps/koa.ts'
import { type BankUnderTest, disk, memory } from '../src/banks.ts'
import { everyPromise, somePromises } from '../src/promises/every-promise.ts'
import { hostileRecords } from '../src/promises/hostile-records.ts'

// Runs on Koa 2, which most apps with koa-session 6 use.
const withKoaSession6 = (kind: BankUnderTest): BankUnderTest => ({ ...kind, onlyFramework: koaSession6Framework })

everyPromise(withKoaSession6(memory))
somePromises(withKoaSession6(disk))
hostileRecords(withKoaSession6(memory))
