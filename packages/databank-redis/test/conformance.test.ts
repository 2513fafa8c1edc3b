import { conformance } from '@sessionbank/databank-kit/conformance'
import { describeWith, redis, redisCluster, valkey } from '@sessionbank/test-servers'
import { LIBRARIES, openBank } from './bank.ts'

for (const kind of [redis, redisCluster, valkey]) {
  describeWith(kind, (server) => {
    for (const library of LIBRARIES) {
      conformance({
        name: `${library} on ${kind.name}`,
        expiresItself: true,
        connect: (schema) => openBank({ url: server().url, library, schema }),
      })
    }
  })
}
