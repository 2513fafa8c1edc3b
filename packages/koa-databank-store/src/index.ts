/**
 * The store for koa-session.
 *
 * @module @sessionbank/koa-databank-store
 */

export {
  type AnyData,
  type Bank,
  BankNotConnectedError,
  type BankOptions,
  BankTimeoutError,
  BrokenPackageError,
  type CleanupReport,
  ConflictError,
  ConnectError,
  type Criteria,
  type DestroyWhereOptions,
  type EncryptionOptions,
  InvalidIdError,
  InvalidOptionError,
  InvalidSessionError,
  InvalidSessionIdError,
  InvalidValueError,
  type Logger,
  MissingClientError,
  MissingDriverError,
  type OpenBank,
  OperationError,
  openDatabank,
  QueueFullError,
  SessionbankError,
  type SessionCookie,
  type SessionName,
  SessionTooLargeError,
  SlowChangeError,
  type StoreEvents,
  sessionHandle,
  UnknownOutcomeError,
  UnreadableRecordError,
} from '@sessionbank/session-core'
export type {
  ChangeSession,
  DeclaredData,
  FoundSession,
  ListedSession,
  SessionData,
  StoreOptions,
} from './declared-data.ts'
export { type ExternalKey, type ExternalKeyOptions, externalKey } from './external-key.ts'
export { DatabankStore } from './store.ts'
