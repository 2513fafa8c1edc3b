import store = require('./store.ts')
import core = require('@sessionbank/session-core')
import type declared = require('./declared-data.ts')

/** Returns the class, as in connect-databank: `require('@sessionbank/express-databank-store')(session)`. */
function factory(_session?: unknown): typeof store.DatabankStore {
  return store.DatabankStore
}

namespace factory {
  export import DatabankStore = store.DatabankStore
  export import openDatabank = core.openDatabank
  export import sessionHandle = core.sessionHandle
  export import SessionbankError = core.SessionbankError
  export import BankNotConnectedError = core.BankNotConnectedError
  export import BankTimeoutError = core.BankTimeoutError
  export import BrokenPackageError = core.BrokenPackageError
  export import ConnectError = core.ConnectError
  export import InvalidIdError = core.InvalidIdError
  export import InvalidOptionError = core.InvalidOptionError
  export import InvalidSessionError = core.InvalidSessionError
  export import InvalidSessionIdError = core.InvalidSessionIdError
  export import InvalidValueError = core.InvalidValueError
  export import MissingClientError = core.MissingClientError
  export import MissingDriverError = core.MissingDriverError
  export import OperationError = core.OperationError
  export import QueueFullError = core.QueueFullError
  export import ConflictError = core.ConflictError
  export import SessionTooLargeError = core.SessionTooLargeError
  export import SlowChangeError = core.SlowChangeError
  export import UnknownOutcomeError = core.UnknownOutcomeError
  export import UnreadableRecordError = core.UnreadableRecordError
  export type AnyData = core.AnyData
  export type Bank = core.Bank
  export type BankOptions<Url extends string = string> = core.BankOptions<Url>
  export type ChangeSession<Data extends object = DeclaredData> = core.ChangeSession<Data>
  export type Criteria<Data extends object = core.AnyData, Field extends string = string> = core.Criteria<Data, Field>
  export type DeclaredData = declared.DeclaredData
  export type DestroyWhereOptions = core.DestroyWhereOptions
  export type EncryptionOptions = core.EncryptionOptions
  export type FoundSession<Data extends object = DeclaredData> = core.FoundSession<Data>
  export type ListedSession<Data extends object = DeclaredData> = core.ListedSession<Data>
  export type Logger = core.Logger
  export type OpenBank<Url extends string = string> = core.OpenBank<Url>
  export type SessionCookie = core.SessionCookie
  export type SessionData<Data extends object = DeclaredData> = core.SessionData<Data>
  export type SessionName = core.SessionName
  export type StoreEvents = core.StoreEvents
  export type StoreOptions<Data extends object = DeclaredData> = declared.StoreOptions<Data>
  export type CleanupReport = core.CleanupReport
}

export = factory
