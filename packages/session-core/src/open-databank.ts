import { isBundled, loadPackage } from '@sessionbank/databank-kit'
import type { AnyOptions, BankOptions, OpenBank } from './driver-types.ts'
import { InvalidOptionError, MissingDriverError } from './errors.ts'
import { explained } from './explain-bank-error.ts'
import { schemeOf } from './scheme.ts'

export type { BankOptions, OpenBank } from './driver-types.ts'

interface Driver {
  packageName: string
  className: string
}

const MEMORY: Driver = { packageName: '@sessionbank/databank-memory', className: 'MemoryDatabank' }
const DISK: Driver = { packageName: '@sessionbank/databank-disk', className: 'DiskDatabank' }
const REDIS: Driver = { packageName: '@sessionbank/databank-redis', className: 'RedisDatabank' }
const MONGODB: Driver = { packageName: '@sessionbank/databank-mongodb', className: 'MongodbDatabank' }
const COUCHBASE: Driver = { packageName: '@sessionbank/databank-couchbase', className: 'CouchbaseDatabank' }
const POSTGRES: Driver = { packageName: '@sessionbank/databank-postgres', className: 'PostgresDatabank' }

const DRIVERS = new Map<string, Driver>([
  ['memory:', MEMORY],
  ['disk:', DISK],
  ['redis:', REDIS],
  ['rediss:', REDIS],
  ['redis+cluster:', REDIS],
  ['rediss+cluster:', REDIS],
  ['redis+sentinel:', REDIS],
  ['rediss+sentinel:', REDIS],
  ['valkey:', REDIS],
  ['valkeys:', REDIS],
  ['valkey+cluster:', REDIS],
  ['valkeys+cluster:', REDIS],
  ['valkey+sentinel:', REDIS],
  ['valkeys+sentinel:', REDIS],
  ['mongodb:', MONGODB],
  ['mongodb+srv:', MONGODB],
  ['couchbase:', COUCHBASE],
  ['couchbases:', COUCHBASE],
  ['postgres:', POSTGRES],
  ['postgresql:', POSTGRES],
])

/**
 * Opens the databank of a URL. Returns it connected.
 *
 * @param url `disk:./dir`, `memory:`, `redis://host`, `redis+cluster://a:6379,b:6379`, `mongodb://host/db`,
 * `couchbase://user:password@host/bucket`, `postgres://user:password@host/db`
 * @param options options of the driver, such as `{schema: {session: {pkey: 'sid', indices: ['user']}}}`. If the URL is
 * a literal, an unknown option does not compile. `retry`: for how many ms opening is retried if the database is not up
 * yet; default: 0
 * @throws InvalidOptionError if the URL has another scheme, or an option is unknown to the driver
 * @throws MissingDriverError if the driver's package is not installed, or a bundle cannot find it
 * @throws BrokenPackageError if it is installed but does not load
 * @throws MissingClientError if the client that the driver needs is not installed, or a bundle cannot find it
 * @throws ConnectError if the database cannot be opened or reached
 * @example
 * ```ts
 * const schema = { session: { pkey: 'sid', indices: ['user.id'] } }
 * const bank = await openDatabank(process.env.SESSIONBANK_URL ?? 'disk:./sessions', { schema })
 * ```
 * @example
 * ```ts
 * const bank = await openDatabank('redis://localhost:6379', { retry: 30_000 }) // tries for 30 s until Redis is up
 * ```
 */
export function openDatabank<Url extends string>(url: Url, options?: BankOptions<Url>): Promise<OpenBank<Url>>
export async function openDatabank(url: string, options: AnyOptions = {}): Promise<OpenBank> {
  const scheme = schemeOf(url, [...DRIVERS.keys()])
  const driver = DRIVERS.get(scheme) as Driver
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidOptionError(
      'the options of openDatabank must be an object, such as {schema: {session: {pkey: "sid"}}}',
    )
  }
  if (options.url !== undefined && options.url !== url) {
    throw new InvalidOptionError(
      '`url` in the options of openDatabank differs from the URL in its first argument: leave it out',
    )
  }
  return explained(driverClass(scheme, driver).open({ ...options, url }))
}

interface DriverClass {
  open(params: object): Promise<OpenBank>
}

function driverClass(scheme: string, { packageName, className }: Driver): DriverClass {
  const driver = loadDriver(packageName) as Record<string, DriverClass> | null
  if (driver === null) throw new MissingDriverError(scheme, packageName, className, isBundled(module.filename))
  return driver[className] as DriverClass
}

function loadDriver(packageName: string): unknown {
  // This driver is a dependency of the core. Bundlers see the `require` and include it in a bundle.
  if (packageName === MEMORY.packageName) return require('@sessionbank/databank-memory')
  return loadPackage(packageName, module.filename)
}
