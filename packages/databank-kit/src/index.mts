export {
  AlreadyConnectedError,
  AlreadyExistsError,
  type BankConnection,
  type Callback,
  type Databank,
  DatabankBase,
  type DatabankClass,
  DatabankError,
  type DriverParams,
  type JsonScalar,
  type JsonValue,
  NoSuchThingError,
  NotConnectedError,
  type Schema,
  type TypeSchema,
  WrongTypeError,
} from './databank.ts'
export { Deadlines, type DeadlinesOptions } from './deadlines.ts'
export { DriverDatabank } from './driver-databank.ts'
export {
  BankError,
  BrokenPackageError,
  ConnectError,
  ContentionError,
  InvalidIdError,
  InvalidParamsError,
  InvalidValueError,
  MissingClientError,
  OperationError,
  UnknownOutcomeError,
} from './errors.ts'
export { assertScalar, indexToken, indexTokens, isScalar, valueAt } from './index-tokens.ts'
export { holds, wellFormed, whyNotJson } from './json-text.ts'
export { type LoadedClient, loadClient, loadPackage } from './load-client.ts'
export { checkParamNames, nearestName, type ParamNames, unknownName } from './options.ts'
export type { Records, RecordsBank, Revision, StoredRecord, TouchOptions, WriteOptions } from './records.ts'
export { codeOf, nameAndCode, safeCause } from './safe-cause.ts'
export { type NodeCallback, settle, settleOrReturn } from './settle.ts'
export { Turns } from './turns.ts'
export { checkedExpiry, expiryOf, LAST_DATE, laterExpiry, toTime } from './value-expiry.ts'
