export type { Bank } from './bank.ts'
export { hasTimes, isFixed, isWhole, type SessionCookie } from './cookie.ts'
export type { Criteria, DestroyWhereOptions } from './criteria.ts'
export {
  BankFailedError,
  BankNotConnectedError,
  BankTimeoutError,
  CorruptRecordError,
  InvalidOptionError,
  InvalidSessionError,
  InvalidSessionIdError,
  MissingDriverError,
  SessionbankError,
  SessionConflictError,
  SessionTooLargeError,
  SlowChangeError,
} from './errors.ts'
export { Link } from './link.ts'
export { withAge } from './loaded-session.ts'
export type { Logger } from './log.ts'
export { type OpenBank, openDatabank } from './open-databank.ts'
export { checkOptionNames, type StoreOptions } from './options.ts'
export { PlainRecords } from './plain-records.ts'
export { type PrivateSlot, privateSlot } from './private-slot.ts'
export { toError } from './reporter.ts'
export type { SessionData } from './session-record.ts'
export { type Framework, SessionStore } from './session-store.ts'
export { optionsFrom, type StoreArguments, type StoreMethods, withStoreMethods } from './store-methods.ts'
export type { SweepReport } from './sweeper.ts'
export type { TraceContext } from './tracing.ts'
