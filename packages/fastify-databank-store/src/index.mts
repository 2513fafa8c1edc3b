export {
  type Bank,
  BankFailedError,
  BankNotConnectedError,
  BankTimeoutError,
  CorruptRecordError,
  type Criteria,
  InvalidOptionError,
  InvalidSessionError,
  InvalidSessionIdError,
  type Logger,
  MissingDriverError,
  type OpenBank,
  openDatabank,
  SessionbankError,
  SessionConflictError,
  type SessionCookie,
  type SessionData,
  SessionTooLargeError,
  type StoreOptions,
  type SweepReport,
} from '@sessionbank/session-core'
export { IncompatibleFrameworkError } from './session-link.ts'
export { DatabankStore } from './store.ts'
