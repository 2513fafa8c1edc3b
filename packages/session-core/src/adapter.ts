/**
 * The parts from which a store for another framework is made.
 *
 * @module @sessionbank/session-core/adapter
 */

export type { AdapterOptions } from './adapter-options.ts'
export { recordsOf } from './bank.ts'
export { hasTimes, isFixed, isWhole } from './cookie.ts'
export type { StoreEmitter, StoreEventEmitter } from './events.ts'
export { Link } from './link.ts'
export { checkOptionNames } from './options.ts'
export { type PrivateSlot, privateSlot } from './private-slot.ts'
export { toError } from './reporter.ts'
export type { FoundCallback, SavedSession } from './session-types.ts'
export { type ShowCookie, withAge } from './shown-cookie.ts'
export {
  optionsFrom,
  type StoreArguments,
  type StoreClass,
  type StoreMethods,
  withStoreMethods,
} from './store-methods.ts'
