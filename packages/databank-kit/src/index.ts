/**
 * The building blocks of drivers, and the contract that all drivers fulfil.
 *
 * @module @sessionbank/databank-kit
 */

export { appDatabank, type DatabankClass, type DatabankModule } from './app-databank.ts'
export { attempt } from './attempt.ts'
export { backOff } from './back-off.ts'
export { boundRecords } from './bound-records.ts'
export { Call, type CallOptions, settledAfter } from './call.ts'
export { Calls } from './calls.ts'
export { CallsOfATick, type CallsOfATickOptions, type GatheredCall, inTime } from './calls-of-a-tick.ts'
export {
  clearInterval,
  clearTimeout,
  nextTick,
  nextTurn,
  pause,
  performance,
  queueMicrotask,
  setImmediate,
  setInterval,
  setTimeout,
  type Timer,
} from './clock.ts'
export {
  AlreadyConnectedError,
  AlreadyExistsError,
  type BankConnection,
  type Callback,
  type Databank,
  DatabankError,
  type DriverOptions,
  type JsonScalar,
  type JsonValue,
  NoSuchThingError,
  NotConnectedError,
  type Schema,
  type TypeSchema,
  WrongTypeError,
} from './databank.ts'
export { DatabankBase, type DriverClass } from './databank-base.ts'
export { Deadlines, LONGEST_DELAY } from './deadlines.ts'
export type { ValueCodec } from './decoded-record.ts'
export { DriverDatabank } from './driver-databank.ts'
export type { Condition, IndexQuery, NewRecord, Page, Touch } from './driver-records.ts'
export { EmulatedRecords, type EmulatedRecordsOptions, type PlainBank } from './emulated-records.ts'
export {
  BankError,
  BankTimeoutError,
  BrokenPackageError,
  ConflictError,
  ConnectError,
  InvalidIdError,
  InvalidOptionError,
  InvalidValueError,
  MissingClientError,
  OperationError,
  QueueFullError,
  SessionbankError,
  UnknownOutcomeError,
} from './errors.ts'
export type { CallsOptions, Failure } from './failure.ts'
export type { IdRule } from './ids.ts'
export { ImmediateCalls } from './immediate-calls.ts'
export { COVERAGE_TYPE, IndexCoverage } from './index-coverage.ts'
export { indexToken, isScalar, type Tokens, tokensOf, valueAt } from './index-tokens.ts'
export {
  causeNotJson,
  DEEPEST_VALUE,
  HALF_PAIR,
  holds,
  parsed,
  parsedIfJson,
  valueIn,
  wellFormed,
  whyNotJson,
} from './json-text.ts'
export { isBundled, type LoadedClient, loadClient, loadPackage } from './load-client.ts'
export { type Opening, openWithin } from './open-within.ts'
export { OperationQueue } from './operation-queue.ts'
export {
  assertOption,
  checkDriverOptions,
  checkedTimeout,
  nearestName,
  type OptionNames,
  unknownName,
} from './options.ts'
export { isOwnType, OWN_TYPES } from './own-types.ts'
export type {
  Records,
  RecordsBank,
  Revision,
  StoredRecord,
  StreamOptions,
  SyncWrites,
  TouchOptions,
  WriteOptions,
} from './records.ts'
export { RecordsBase, type RecordsBaseOptions } from './records-base.ts'
export { codeOf, isNamed, nameAndCode, safeCause } from './safe-cause.ts'
export { checkSchema } from './schema.ts'
export { type NodeCallback, settle, settleOrReturn } from './settle.ts'
export { type NextRecord, type Seen, SwapRecords } from './swap-records.ts'
export type { DriverSyncWrites } from './sync-writes.ts'
export { isNotUp, systemAdvice, tlsAdvice } from './system-advice.ts'
export {
  checkedTls,
  openTls,
  type Pem,
  type PemFile,
  type TlsConnection,
  type TlsFiles,
  type TlsOptions,
} from './tls.ts'
export { Turns } from './turns.ts'
export { checkedExpiry, expiryOf, isLive, LAST_DATE, laterExpiry, toTime } from './value-expiry.ts'
