// biome-ignore-start lint/suspicious/noTsIgnore: an error is expected only where a driver is not installed
/** @ts-ignore */
import type { CouchbaseParams } from '@sessionbank/databank-couchbase'
/** @ts-ignore */
import type { DiskDatabank, DiskParams } from '@sessionbank/databank-disk'
import type { BankConnection, Databank, DriverOptions, RecordsBank } from '@sessionbank/databank-kit'
import type { MemoryParams } from '@sessionbank/databank-memory'
/** @ts-ignore */
import type { MongodbParams } from '@sessionbank/databank-mongodb'
/** @ts-ignore */
import type { PostgresParams } from '@sessionbank/databank-postgres'
/** @ts-ignore */
import type { RedisParams } from '@sessionbank/databank-redis'

// biome-ignore-end lint/suspicious/noTsIgnore: see above

// If a driver's package is not installed, an interface inherits no members from its type. Any other type would become
// `any`.
interface Memory extends MemoryParams {}
interface Disk extends DiskParams {}
interface DiskBank extends DiskDatabank {}
interface Redis extends RedisParams {}
interface Mongodb extends MongodbParams {}
interface Couchbase extends CouchbaseParams {}
interface Postgres extends PostgresParams {}

type RedisScheme = `${'redis' | 'valkey'}${'' | 's'}${'' | '+cluster' | '+sentinel'}`

interface ParamsByScheme extends Record<RedisScheme, Redis> {
  memory: Memory
  disk: Disk
  mongodb: Mongodb
  'mongodb+srv': Mongodb
  couchbase: Couchbase
  couchbases: Couchbase
  postgres: Postgres
  postgresql: Postgres
}

/** The scheme of a URL; an empty string if the URL is known only at run time. */
type SchemeOf<Url extends string> = Url extends `${infer Scheme}:${string}` ? Lowercase<Scheme> : ''

/**
 * The options of `openDatabank` for a URL: those of its driver. Any options if the URL is known only at run time or the
 * driver is not installed.
 */
export type BankOptions<Url extends string = string> = OptionsOf<SchemeOf<Url>>

type OptionsOf<Scheme extends string> = Scheme extends keyof ParamsByScheme
  ? OptionsIn<ParamsByScheme[Scheme]>
  : AnyOptions

export type AnyOptions = DriverOptions & Record<string, unknown>

type OptionsIn<Params> = keyof Params extends never ? AnyOptions : { [Name in keyof Params]?: Params[Name] | undefined }

/**
 * A connected databank. `await bank.disconnect()` or the end of `await using` disconnects it. The drivers of this
 * project also have `records`. `OpenBank<'disk:'>` is the type for URLs of that scheme.
 */
export type OpenBank<Url extends string = string> = Databank &
  BankConnection &
  Partial<RecordsBank> &
  (SchemeOf<Url> extends 'disk' ? Pick<DiskBank, keyof DiskBank & 'backup'> : unknown)
