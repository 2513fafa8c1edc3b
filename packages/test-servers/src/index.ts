export { describeWith } from './describe-with.ts'
export { freePort, type ServerKind, type TestServer, temporaryFolder } from './launch.ts'
export { postgres } from './postgres.ts'
