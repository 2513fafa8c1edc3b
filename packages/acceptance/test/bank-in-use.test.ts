import { describeWith, inFull, postgres, redis } from '@sessionbank/test-servers'
import { koaFramework } from '../src/apps/koa.ts'
import { type BankUnderTest, disk, memory, onServer } from '../src/banks.ts'
import { bankInUse } from '../src/promises/bank-in-use.ts'
import { idsOpenNothing } from '../src/promises/ids-open-nothing.ts'

promises({ ...memory, framework: koaFramework })
if (inFull) {
  promises(disk)
  describeWith(redis, (server) => promises(onServer(redis, server, 'server')))
  describeWith(postgres, (server) => promises(onServer(postgres, server, 'process')))
}

function promises(kind: BankUnderTest): void {
  idsOpenNothing(kind)
  bankInUse(kind)
}
