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
export type { AdapterOptions } from './adapter-options.ts'
export { type Bank, recordsOf } from './bank.ts'
export { hasTimes, isFixed, isWhole, type SessionCookie } from './cookie.ts'
export type { Criteria, DestroyWhereOptions } from './criteria.ts'
export {
  BankNotConnectedError,
  InvalidOptionError,
  InvalidSessionError,
  InvalidSessionIdError,
  MissingDriverError,
  SessionConflictError,
  SessionTooLargeError,
  SlowChangeError,
  UnreadableRecordError,
} from './errors.ts'
export type { StoreEventEmitter, StoreEvents } from './events.ts'
export type { FoundSession } from './found-session.ts'
export { Link } from './link.ts'
export type { Logger } from './log.ts'
export { type OpenBank, openDatabank } from './open-databank.ts'
export { checkOptionNames, type StoreOptions } from './options.ts'
export { type PrivateSlot, privateSlot } from './private-slot.ts'
export { toError } from './reporter.ts'
export { SessionStore } from './session-store.ts'
export { withAge } from './shown-cookie.ts'
export {
  optionsFrom,
  type StoreArguments,
  type StoreClass,
  type StoreMethods,
  withStoreMethods,
} from './store-methods.ts'
export type { CleanupReport } from './sweeper.ts'
export type { AnyData, ChangeSession, SessionData } from './to-session.ts'
export type { TraceContext } from './tracing.ts'
