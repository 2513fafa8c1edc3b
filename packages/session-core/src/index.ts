/**
 * The session store on which the frameworks' stores are built, and `openDatabank`, which opens a bank by its URL. The
 * frameworks' stores export the parts that an app needs.
 *
 * @module @sessionbank/session-core
 */

export {
  BankTimeoutError,
  BrokenPackageError,
  ConnectError,
  InvalidIdError,
  InvalidValueError,
  MissingClientError,
  OperationError,
  QueueFullError,
  SessionbankError,
  UnknownOutcomeError,
} from '@sessionbank/databank-kit'
export type { Bank } from './bank.ts'
export type { SessionCookie } from './cookie.ts'
export type { Criteria, DestroyWhereOptions } from './criteria.ts'
export {
  BankNotConnectedError,
  ConflictError,
  InvalidOptionError,
  InvalidSessionError,
  InvalidSessionIdError,
  MissingDriverError,
  SessionTooLargeError,
  SlowChangeError,
  UnreadableRecordError,
} from './errors.ts'
export type { SessionName, StoreEvents } from './events.ts'
export type { FoundSession } from './found-session.ts'
export { sessionHandle } from './handle.ts'
export type { Logger } from './log.ts'
export { type BankOptions, type OpenBank, openDatabank } from './open-databank.ts'
export type { StoreOptions } from './options.ts'
export type { EncryptionOptions } from './seal.ts'
export { SessionStore } from './session-store.ts'
export type { ListedSession } from './session-types.ts'
export type { StoreStats } from './stats.ts'
export type { CleanupReport } from './sweeper.ts'
export type { AnyData, ChangeSession, SessionData } from './to-session.ts'
export type { TraceContext, TraceOutcome } from './tracing.ts'
