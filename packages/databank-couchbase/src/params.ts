import { checkDriverOptions, type DriverOptions, InvalidOptionError, type OptionNames } from '@sessionbank/databank-kit'
import type { Cluster } from 'couchbase'

/** What a write waits for beside the memory of one node; see Couchbase's durability levels. */
export type Durability = 'none' | 'majority' | 'majorityAndPersistToActive' | 'persistToMajority'

/** The params of `Databank.get('couchbase', params)`: `url` or `cluster`, the rest is optional. */
export interface CouchbaseParams extends DriverOptions {
  /** `couchbase://user:password@host:port/bucket` or `couchbases://…`; what follows a `?` goes to the client as it is. */
  url?: string
  /** A connected `Cluster` that the app has already. The bank never closes it. */
  cluster?: Cluster
  /** Name of the bucket. Default: the one in the URL. */
  bucket?: string
  /** Name of the scope. Default: `_default`. */
  scope?: string
  /** Name of the collection. Default: `_default`. */
  collection?: string
  /** Default: `none`, an answer as soon as one node has the write in memory. */
  durability?: Durability
  /** Makes the indexes before the first search or listing. Default: true. False: see `indexStatements`. */
  createIndexes?: boolean
  /** How long a call waits for the database, in ms. Default: 5,000. */
  timeout?: number
}

/** As the client numbers them. */
const LEVELS: Record<Durability, number> = {
  none: 0,
  majority: 1,
  majorityAndPersistToActive: 2,
  persistToMajority: 3,
}

const DEFAULT_TIMEOUT = 5_000
/** Timers hold no more than this; a longer delay would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

const PARAMS: OptionNames<CouchbaseParams> = {
  url: true,
  cluster: true,
  bucket: true,
  scope: true,
  collection: true,
  durability: true,
  createIndexes: true,
  timeout: true,
  schema: true,
  driver: true,
}

/** The params with their defaults, or an InvalidOptionError that says which one cannot be used. */
export function checkedParams(params: CouchbaseParams) {
  checkDriverOptions('couchbase', params, PARAMS)
  const { url, cluster, scope = '_default', collection = '_default' } = params
  const { durability = 'none', createIndexes = true, timeout = DEFAULT_TIMEOUT } = params
  if ((url === undefined) === (cluster === undefined)) {
    throw new InvalidOptionError('the couchbase driver needs either `url` (couchbase://…) or `cluster`')
  }
  if (cluster !== undefined && typeof cluster?.bucket !== 'function') {
    throw new InvalidOptionError('`cluster` of the couchbase driver is a connected Cluster')
  }
  const server = url === undefined ? undefined : serverIn(url)
  const bucket = params.bucket ?? server?.bucket
  if (!isName(bucket)) throw new InvalidOptionError('the bucket is missing: name it in `url` or as `bucket`')
  if (!isName(scope) || !isName(collection)) throw new InvalidOptionError('`scope` and `collection` are names')
  if (!Object.hasOwn(LEVELS, durability)) {
    throw new InvalidOptionError(`\`durability\` is one of ${Object.keys(LEVELS).join(', ')}`)
  }
  if (typeof createIndexes !== 'boolean') throw new InvalidOptionError('`createIndexes` is true or false')
  if (!Number.isSafeInteger(timeout) || timeout < 1 || timeout > LONGEST_TIMEOUT) {
    throw new InvalidOptionError('`timeout` is a whole number of ms, at least 1')
  }
  return { server, cluster, bucket, scope, collection, durability: LEVELS[durability], createIndexes, timeout }
}

export type CheckedParams = ReturnType<typeof checkedParams>

/** Where to connect to, and as whom. */
export interface Server {
  /** Without user and password: it may stand in a message. */
  hosts: string
  connectionString: string
  username: string
  password: string
  bucket: string | undefined
}

/** `host`, `host:port`, `[IPv6]:port`; the client also takes a service behind the port, as in `host:port=http`. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[^\s[\]:=,;%<>#]+)(?::(\d{1,5})(?:=\w+)?)?$/i

const URL_PARTS = /^(couchbases?):\/\/([^:@/]+):([^@/]*)@([^@/?]+)(?:\/([^?]*))?(?:\?(.*))?$/

/** The message never quotes the URL: it holds a password. */
function serverIn(url: unknown): Server {
  const form =
    '`url` of the couchbase driver is couchbase://user:password@host:port/bucket, user and password percent-encoded'
  // With two @ what follows the first would be taken for the host, and named in errors.
  const parts = typeof url === 'string' && url.split('@').length === 2 ? URL_PARTS.exec(url) : null
  if (!parts) throw new InvalidOptionError(form)
  const [, scheme, username = '', password = '', hosts = '', bucket, options] = parts
  if (!hosts.split(/[,;]/).every(isHost)) {
    throw new InvalidOptionError(
      'a host in `url` of the couchbase driver is empty or no host: write host:port,host:port, with [ ] around IPv6',
    )
  }
  try {
    return {
      hosts,
      connectionString: `${scheme}://${hosts}${options ? `?${options}` : ''}`,
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
      bucket: bucket ? decodeURIComponent(bucket) : undefined,
    }
  } catch {
    throw new InvalidOptionError(form)
  }
}

function isHost(text: string): boolean {
  const parts = HOST.exec(text)
  return parts !== null && (parts[1] === undefined || (Number(parts[1]) >= 1 && Number(parts[1]) <= 65_535))
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== ''
}
