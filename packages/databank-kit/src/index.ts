export {
  AlreadyConnectedError,
  AlreadyExistsError,
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
export { Deadlines } from './deadlines.ts'
export { DriverDatabank } from './driver-databank.ts'
export {
  BankError,
  ConnectError,
  ContentionError,
  InvalidIdError,
  InvalidParamsError,
  InvalidValueError,
  OperationError,
  UnknownOutcomeError,
} from './errors.ts'
export { indexToken, indexTokens, isScalar, valueAt } from './index-tokens.ts'
export { holds, wellFormed } from './json-text.ts'
export type { Records, RecordsBank, Revision, StoredRecord, TouchOptions, WriteOptions } from './records.ts'
export { type NodeCallback, settle } from './settle.ts'
export { Turns } from './turns.ts'
export { checkedExpiry, expiryOf, LAST_DATE, laterExpiry, toTime } from './value-expiry.ts'
