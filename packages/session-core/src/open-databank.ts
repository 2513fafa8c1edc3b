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
 * Opens the databank of a URL, and gives it connected.
 *
 * @param url `disk:./dir`, `memory:`, `redis://host`, `redis+cluster://a:6379,b:6379`, `mongodb://host/db`,
 *   `couchbase://user:password@host/bucket`, `postgres://user:password@host/db`
 * @param options the driver's own, e.g. `{schema: {session: {pkey: 'sid', indices: ['user']}}}`; an unknown one does not
 *   compile if the URL is a literal. `retry`: for how many ms to try again if the database is not up yet; default: 0
 * @throws InvalidOptionError if the URL is none of these, or an option is not the driver's
 * @throws MissingDriverError where the driver's package is not installed, naming it, or where a bundle does not find it
 * @throws BrokenPackageError where it is installed and does not load
 * @throws MissingClientError where the client that the driver needs is not installed or not found by a bundle, naming it
 * @throws the driver's ConnectError where the database cannot be opened or reached
 * @example const bank = await openDatabank(process.env.SESSIONBANK_URL ?? 'disk:./sessions')
 */
export function openDatabank<Url extends string>(url: Url, options?: BankOptions<Url>): Promise<OpenBank<Url>>
export async function openDatabank(url: string, options: AnyOptions = {}): Promise<OpenBank> {
  const scheme = schemeOf(url, [...DRIVERS.keys()])
  const driver = DRIVERS.get(scheme) as Driver
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidOptionError(
      'the options of openDatabank are an object, such as {schema: {session: {pkey: "sid"}}}',
    )
  }
  if (options.url !== undefined && options.url !== url) {
    throw new InvalidOptionError(
      'the URL is the first argument of openDatabank, and `url` in its options is another one',
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
  // This one comes with the core. Bundlers see this call, so that it also comes with a bundle.
  if (packageName === MEMORY.packageName) return require('@sessionbank/databank-memory')
  return loadPackage(packageName, module.filename)
}
