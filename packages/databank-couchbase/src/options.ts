import { checkDriverOptions, checkedTimeout, type DriverOptions, InvalidOptionError } from '@sessionbank/databank-kit'

/** In the order in which the client numbers them. */
const DURABILITIES = ['none', 'majority', 'majorityAndPersistToActive', 'persistToMajority'] as const

/** What a write waits for beside the memory of one node; see Couchbase's durability levels. */
export type Durability = (typeof DURABILITIES)[number]

/** What the driver uses of a `Cluster` of the package `couchbase`. */
export interface CouchbaseCluster {
  /** Returns a bucket. */
  bucket(name: string): object
  /** Runs a statement of SQL++, and returns its rows. */
  query(statement: string, options: never): Promise<CouchbaseRows>
}

/** What the driver uses of the answer to a statement. */
interface CouchbaseRows {
  /** What the statement selects, in its order. */
  rows: unknown[]
}

/** What the driver uses of the package `couchbase`. */
export interface CouchbaseLibrary {
  /** Connects to a cluster. */
  connect(connectionString: string, options: never): Promise<CouchbaseCluster>
}

/** The params of `Databank.get('couchbase', params)`: `url` or `cluster`, the rest is optional. */
export interface CouchbaseParams extends DriverOptions {
  /** `couchbase://user:password@host:port/bucket` or `couchbases://…`; what follows a `?` goes to the client as it is. */
  url?: string
  /** A connected `Cluster` that the app has already. The bank never closes it. */
  cluster?: CouchbaseCluster
  /** The package `couchbase`, for a bundle, which cannot load it by its name: `import * as couchbase from 'couchbase'`. */
  library?: CouchbaseLibrary
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
  /** How long a call may take, in ms. Default: 5,000. */
  timeout?: number
}

/** Returns the params with their defaults. Throws InvalidOptionError if one of them cannot be used. */
export function checkedOptions(params: CouchbaseParams) {
  checkDriverOptions('couchbase', params, {
    url: true,
    cluster: true,
    library: true,
    bucket: true,
    scope: true,
    collection: true,
    durability: true,
    createIndexes: true,
    timeout: true,
  })
  const { url, cluster, library, scope = '_default', collection = '_default', createIndexes = true } = params
  assertParam((url === undefined) !== (cluster === undefined), 'either `url` (couchbase://…) or `cluster`')
  assertParam(cluster === undefined || typeof cluster?.bucket === 'function', 'a connected Cluster as `cluster`')
  const isCouchbase = library === undefined || typeof library?.connect === 'function'
  assertParam(isCouchbase, 'the package couchbase as `library`: import * as couchbase from "couchbase"')
  const server = url === undefined ? undefined : serverIn(url)
  const bucket = params.bucket ?? server?.bucket
  assertParam(isName(bucket), 'the name of the bucket, in `url` or as `bucket`')
  assertParam(isName(scope) && isName(collection), 'names as `scope` and `collection`')
  const durability = DURABILITIES.indexOf(params.durability ?? 'none')
  assertParam(durability !== -1, `one of ${DURABILITIES.join(', ')} as \`durability\``)
  assertParam(typeof createIndexes === 'boolean', 'true or false as `createIndexes`')
  const timeout = checkedTimeout('couchbase', params.timeout)
  return { server, cluster, library, bucket, scope, collection, durability, createIndexes, timeout }
}

export type Options = ReturnType<typeof checkedOptions>

/** Where to connect to, and as whom. `hosts` may stand in a message. */
export type Server = ReturnType<typeof serverIn>

/** With two @ what follows the first would be taken for the host, and named in errors. */
const URL_PARTS = /^(couchbases?):\/\/([^:@/]+):([^@/]*)@([^@/?]+)(?:\/([^?@]*))?(?:\?([^@\s]*))?$/
const URL_FORM = '`url` as couchbase://user:password@host:port/bucket, user and password percent-encoded, IPv6 in [ ]'
const CHECKED =
  'a server whose certificate is checked: take the param that turns this off out of `url`, and name the authority with ' +
  '`trust_certificate`'
/** `host`, `host:port`, `[IPv6]:port`; the client also takes a service behind the port, as in `host:port=http`. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[^\s[\]:=,;%<>#]+)(?::(\d{1,5})(?:=\w+)?)?$/i

/** The message never quotes the URL: it holds a password. */
function serverIn(url: unknown) {
  const [, scheme, user = '', secret = '', hosts = '', path, query = ''] = URL_PARTS.exec(String(url)) ?? []
  assertParam(hosts.split(/[,;]/).every(isHost), URL_FORM)
  for (const [name, value] of new URLSearchParams(query)) {
    // The client's `tls_verify=none`, and what older ones have of the kind.
    assertParam(!/verify/i.test(`${name}${value}`) || value === 'peer', CHECKED)
    assertParam(name !== 'trust_certificate' || scheme === 'couchbases', '`couchbases://` with `trust_certificate`')
  }
  try {
    const [username, password] = [decodeURIComponent(user), decodeURIComponent(secret)]
    const bucket = path ? decodeURIComponent(path) : undefined
    const isSecure = scheme === 'couchbases'
    return {
      hosts,
      isSecure,
      connectionString: `${scheme}://${hosts}${query ? `?${query}` : ''}`,
      username,
      password,
      bucket,
    }
  } catch {
    throw new InvalidOptionError(`the couchbase driver needs ${URL_FORM}`)
  }
}

function isHost(text: string): boolean {
  const [host, port = '1'] = HOST.exec(text) ?? []
  return host !== undefined && Number(port) >= 1 && Number(port) <= 65_535
}

const isName = (name: unknown): name is string => typeof name === 'string' && name !== ''

function assertParam(isMet: boolean, need: string): asserts isMet {
  if (!isMet) throw new InvalidOptionError(`the couchbase driver needs ${need}`)
}
