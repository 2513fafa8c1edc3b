import { checkDriverOptions, checkedTimeout, type DriverOptions, InvalidOptionError } from '@sessionbank/databank-kit'

/** The durability levels, in the order of the client's numbers. */
const DURABILITIES = ['none', 'majority', 'majorityAndPersistToActive', 'persistToMajority'] as const

/** A durability level of Couchbase: when a write is acknowledged. */
export type Durability = (typeof DURABILITIES)[number]

/** The part of `Cluster` of the package `couchbase` that the driver uses. */
export interface CouchbaseCluster {
  /** Returns a bucket. */
  bucket(name: string): object
  /** Runs an SQL++ statement and returns its rows. */
  query(statement: string, options: never): Promise<CouchbaseRows>
}

/** The part of a statement's result that the driver uses. */
interface CouchbaseRows {
  /** The selected rows, in order. */
  rows: unknown[]
}

/** The part of the package `couchbase` that the driver uses. */
export interface CouchbaseLibrary {
  /** Connects to a cluster. */
  connect(connectionString: string, options: never): Promise<CouchbaseCluster>
}

/** The options of the driver `couchbase`: either `url` or `cluster`; the others are optional. */
export interface CouchbaseParams extends DriverOptions {
  /**
   * `couchbase://user:password@host:port/bucket` or `couchbases://…`. The client gets the query parameters unchanged.
   */
  url?: string
  /** The app's own, connected `Cluster`. The bank never closes it. */
  cluster?: CouchbaseCluster
  /**
   * The package `couchbase`, if the app is bundled and cannot load it by name: `import * as couchbase from
   * 'couchbase'`.
   */
  library?: CouchbaseLibrary
  /** Name of the bucket. Default: the one in the URL. */
  bucket?: string
  /** Name of the scope. Default: `_default`. */
  scope?: string
  /** Name of the collection. Default: `_default`. */
  collection?: string
  /** When a write is acknowledged. Default: `none`, as soon as one node has it in memory. */
  durability?: Durability
  /** Creates the indexes before the first search or listing. Default: true. If false, see `indexStatements`. */
  createIndexes?: boolean
  /** Timeout of a call, in ms. Default: 5,000. */
  timeout?: number
}

/** Returns the options with their defaults. Throws InvalidOptionError if one is invalid. */
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

/** The parts of a URL. Only `hosts` may be shown in a message. */
export type Server = ReturnType<typeof serverIn>

/** Does not match a URL with two @: the text after the first would be the host, and quoted in errors. */
const URL_PARTS = /^(couchbases?):\/\/([^:@/]+):([^@/]*)@([^@/?]+)(?:\/([^?@]*))?(?:\?([^@\s]*))?$/
const URL_FORM = '`url` as couchbase://user:password@host:port/bucket, user and password percent-encoded, IPv6 in [ ]'
const CHECKED =
  'a server whose certificate is checked: remove the query parameter that turns this off, and name the authority with ' +
  '`trust_certificate`'
/** `host`, `host:port`, `[IPv6]:port`; the client also accepts a service after the port, as in `host:port=http`. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[^\s[\]:=,;%<>#]+)(?::(\d{1,5})(?:=\w+)?)?$/i

/** Parses the URL. Throws InvalidOptionError, which never quotes the URL, because it holds a password. */
function serverIn(url: unknown) {
  const [, scheme, user = '', secret = '', hosts = '', path, query = ''] = URL_PARTS.exec(String(url)) ?? []
  assertParam(hosts.split(/[,;]/).every(isHost), URL_FORM)
  for (const [name, value] of new URLSearchParams(query)) {
    // Rejects `tls_verify=none` of the client, and similar parameters of its older versions.
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
