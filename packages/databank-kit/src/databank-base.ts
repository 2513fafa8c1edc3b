import { adopt, appDatabank, type DatabankClass, type DatabankModule, moduleOf } from './app-databank.ts'
import { DatabankError } from './databank-errors.ts'
import { InvalidOptionError } from './errors.ts'
import { meetsCriteria } from './loose-equality.ts'
import { type NodeCallback, settle } from './settle.ts'

/** A driver's class, which databank can instantiate. */
export interface DriverClass {
  new (params?: never): DatabankBase
  /** The name for `Databank.get`. */
  readonly driverName: string
}

/**
 * Connects drivers with the npm package `databank`, which need not be installed. If the app has it, each bank is an
 * instance of its class `Databank`, and databank's API fails with its errors.
 */
export class DatabankBase {
  /** The copy of databank that made this bank; undefined if the app made it directly. */
  #madeBy: DatabankModule | undefined

  constructor() {
    const app = appDatabank()
    if (app) inheritFrom(app)
  }

  /**
   * Registers the driver with databank, so that `Databank.get(driverName, params)` returns it. The driver's package
   * calls this for the app's copy of databank when it is loaded; an app calls it for any other copy.
   *
   * Banks made by a copy fail with the errors of that copy. Banks that the app makes directly fail with the errors of
   * the app's copy, otherwise of the first registered copy, otherwise of this package.
   *
   * @param databank the npm package (`require('databank')`) or its class `Databank`. If a bundle contains databank,
   * pass the package: the errors of a bundled class cannot be found. Default: the app's copy; without one, nothing
   * happens
   * @throws InvalidOptionError if it is neither, or if the driver has no `driverName`
   * @example
   * ```ts
   * const databank = require('databank')
   * const { DiskDatabank } = require('@sessionbank/databank-disk')
   *
   * DiskDatabank.register(databank)
   * const bank = databank.Databank.get('disk', { dir: './sessions' })
   * ```
   */
  static register(this: DriverClass, databank: DatabankModule | DatabankClass | null = appDatabank()): void {
    // biome-ignore-start lint/complexity/noThisInStatic: this is the driver's class
    if (typeof this.driverName !== 'string' || this.driverName === '') {
      throw new InvalidOptionError('a driver must have a name to be registered: give its class a static `driverName`')
    }
    if (databank === null) return
    const made = moduleOf(databank)
    if (made === null) throw new InvalidOptionError('register() takes the npm package databank, or its class Databank')
    const app = adopt(made)
    inheritFrom(app)
    const isApps = made.Databank === app.Databank
    made.Databank.register(this.driverName, isApps ? this : DatabankBase.#for(made, this))
    // biome-ignore-end lint/complexity/noThisInStatic: this is the driver's class
  }

  /** Returns a class whose banks fail with the errors of the given copy of databank. */
  static #for(databank: DatabankModule, Driver: DriverClass): DriverClass {
    return new Proxy(Driver, {
      construct(target, params, Made) {
        const bank: DatabankBase = Reflect.construct(target, params, Made)
        bank.#madeBy = databank
        return bank
      },
    })
  }

  /** Returns whether a value has all these values at its dotted paths, compared loosely, as databank does. */
  matchesCriteria(value: unknown, criteria: Record<string, unknown>): boolean {
    return meetsCriteria(value, criteria)
  }

  /** Calls a callback of databank's API with the outcome of a promise. */
  protected settle<T>(promise: Promise<T>, onCompletion: NodeCallback<T> | undefined | null): void {
    settle(promise, onCompletion, this.#explain)
  }

  /** Converts the errors of a promise for databank's API. */
  protected explained<T>(promise: Promise<T>): Promise<T> {
    return promise.catch((error) => {
      throw this.#explain(error)
    })
  }

  readonly #explain = (error: unknown): unknown => {
    const databank = this.#madeBy ?? appDatabank()
    return databank ? DatabankError.of(databank, error) : error
  }
}

/** Makes all banks, even existing ones, instances of the first copy's `Databank`: a prototype has only one parent. */
function inheritFrom({ Databank }: DatabankModule): void {
  if (Object.getPrototypeOf(DatabankBase.prototype) === Object.prototype) {
    Object.setPrototypeOf(DatabankBase.prototype, Databank.prototype)
  }
}
