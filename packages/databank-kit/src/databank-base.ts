import { adopt, appDatabank, type DatabankClass, type DatabankModule, moduleOf } from './app-databank.ts'
import { DatabankError } from './databank-errors.ts'
import { InvalidOptionError } from './errors.ts'
import { meetsCriteria } from './loose-equality.ts'
import { type NodeCallback, settle } from './settle.ts'

/** A class of banks that databank can make. */
export interface DriverClass {
  new (params?: never): DatabankBase
  /** The name for `Databank.get`. */
  readonly driverName: string
}

/**
 * What our drivers have of the npm package `databank`, which need not be installed. If the app has it, each bank is an
 * instance of its class `Databank`, and the API of databank fails with its errors.
 */
export class DatabankBase {
  /** The copy of databank that made this bank; undefined if none did. */
  #madeBy: DatabankModule | undefined

  constructor() {
    const app = appDatabank()
    if (app) inheritFrom(app)
  }

  /**
   * Makes the driver known to databank, so that `Databank.get(driverName, params)` opens it. The driver's package does it
   * when it is loaded, for the copy of databank that the app has; an app calls it for any other copy.
   *
   * Banks that a copy makes fail with its errors. Banks that the app makes by itself fail with those of the copy that the
   * app has, else of the first one handed over, else with those of this package.
   *
   * @param databank the npm package (`require('databank')`) or its class `Databank`. Of a class that a bundler has
   *   included the errors cannot be found: hand the package over. Default: the app's copy; without one, nothing happens
   * @throws InvalidOptionError if it is neither, or if the driver has no `driverName`
   * @example DiskDatabank.register(require('databank'))
   */
  static register(this: DriverClass, databank: DatabankModule | DatabankClass | null = appDatabank()): void {
    // biome-ignore-start lint/complexity/noThisInStatic: this is the driver's class
    if (typeof this.driverName !== 'string' || this.driverName === '') {
      throw new InvalidOptionError('a driver needs a name to be registered by: give its class a static `driverName`')
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

  /** Returns a class whose banks fail with the errors of the copy of databank that makes them. */
  static #for(databank: DatabankModule, Driver: DriverClass): DriverClass {
    return new Proxy(Driver, {
      construct(target, params, Made) {
        const bank: DatabankBase = Reflect.construct(target, params, Made)
        bank.#madeBy = databank
        return bank
      },
    })
  }

  /** Returns whether a value has all of these at its dotted paths, compared loosely, as databank does. */
  matchesCriteria(value: unknown, criteria: Record<string, unknown>): boolean {
    return meetsCriteria(value, criteria)
  }

  /** Answers a callback of databank's API. */
  protected settle<T>(promise: Promise<T>, onCompletion: NodeCallback<T> | undefined | null): void {
    settle(promise, onCompletion, this.#explain)
  }

  /** Returns a promise of databank's API. */
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

/** Makes all banks, those that are there too, instances of `Databank`. Of one copy only: a prototype has one parent. */
function inheritFrom({ Databank }: DatabankModule): void {
  if (Object.getPrototypeOf(DatabankBase.prototype) === Object.prototype) {
    Object.setPrototypeOf(DatabankBase.prototype, Databank.prototype)
  }
}
