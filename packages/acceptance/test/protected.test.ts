import { inFull } from '@sessionbank/test-servers'
import { expressFramework } from '../src/apps/express.ts'
import { fastifyFramework } from '../src/apps/fastify.ts'
import { disk, memory } from '../src/banks.ts'
import { basics } from '../src/promises/basics.ts'
import { everyPromise } from '../src/promises/every-promise.ts'
import { nothingIsLost } from '../src/promises/nothing-is-lost.ts'
import { withProtection } from '../src/protection.ts'

if (inFull) {
  everyPromise(withProtection(memory))
  everyPromise(withProtection(disk))
} else {
  nothingIsLost(withProtection(memory, expressFramework))
  basics(withProtection(disk, fastifyFramework))
}
