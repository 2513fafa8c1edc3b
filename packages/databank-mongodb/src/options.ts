import {
  assertOption,
  checkDriverOptions,
  checkedTimeout,
  checkedTls,
  type DriverOptions,
  type TlsOptions,
} from '@sessionbank/databank-kit'

/** The part of `MongoClient` of the package `mongodb` that the driver uses. */
export interface MongodbClient {
  /** Returns a database; without a name, the one in the URL. */
  db(name?: string): MongodbDb
}

/** The part of `Db` of the package `mongodb` that the driver uses. */
export interface MongodbDb {
  /** Returns a collection. */
  collection(name: string): object
  /** Runs a command, with which the driver gets the server's version. */
  command(command: { buildInfo: 1 }): Promise<object>
}

/** The part of the package `mongodb` that the driver uses. */
export interface MongodbLibrary {
  /** The class of clients. */
  MongoClient: {
    /** Creates a client that connects when it is first used. */
    new (url: string, options: never): MongodbClient
  }
}

/** The options of the driver `mongodb`: one of `url`, `client` and a `Db` as `db`; the others are optional. */
export interface MongodbParams extends DriverOptions {
  /**
   * `mongodb://user:password@host:port/database` or `mongodb+srv://…`. The client gets the query parameters unchanged.
   */
  url?: string
  /** Turns TLS on, with these certificates instead of files named in the URL. Default: as set in the URL. */
  tls?: TlsOptions
  /** The app's own `MongoClient`. The bank never closes it. */
  client?: MongodbClient
  /** The app's own `Db`, or, with `url` or `client`, the name of a database. Default: the database in the URL. */
  db?: MongodbDb | string
  /** The package `mongodb`, if the app is bundled and cannot load it by name: `import * as mongodb from 'mongodb'`. */
  library?: MongodbLibrary
  /**
   * Creates missing indexes. Default: true. If false, create them yourself: see "Indexes" in docs/guides/mongodb.md.
   */
  createIndexes?: boolean
  /** Timeout of a call, in ms. Default: 5,000. */
  timeout?: number
}

/** Returns the options with their defaults. Throws InvalidOptionError if one is invalid. */
export function checkedOptions(params: MongodbParams) {
  checkDriverOptions('mongodb', params, {
    url: true,
    tls: true,
    client: true,
    db: true,
    library: true,
    createIndexes: true,
    timeout: true,
  })
  const { url, client, db, library, createIndexes = true } = params
  const given = [url, client, typeof db === 'string' ? undefined : db].filter((param) => param !== undefined)
  assertOption('mongodb', given.length === 1, 'set one of `url` (mongodb://…), `client` and `db`')
  if (url !== undefined) checkUrl(url)
  const tls = checkedTls('mongodb', params.tls)
  assertOption(
    'mongodb',
    url !== undefined || tls === undefined,
    '`tls` requires `url`: set the TLS options of your own client',
  )
  if (url !== undefined) checkTlsIn(url, tls !== undefined)
  assertOption('mongodb', client === undefined || typeof client?.db === 'function', '`client` must be a MongoClient')
  const isMongodb = library === undefined || typeof library?.MongoClient === 'function'
  assertOption('mongodb', isMongodb, '`library` must be the package mongodb: import * as mongodb from "mongodb"')
  const isDb = typeof db === 'string' ? db !== '' : db === undefined || typeof db?.collection === 'function'
  assertOption('mongodb', isDb, '`db` must be a Db, or the name of one')
  assertOption('mongodb', typeof createIndexes === 'boolean', '`createIndexes` must be true or false')
  return { url, tls, client, db, library, createIndexes, timeout: checkedTimeout('mongodb', params.timeout) }
}

/** The checked options of a bank. */
export type Options = ReturnType<typeof checkedOptions>

/** Throws InvalidOptionError for a wrong URL, which is never quoted, because it may hold a password. */
function checkUrl(url: unknown): void {
  const isUrl = typeof url === 'string' && /^mongodb(\+srv)?:\/\//.test(url)
  assertOption('mongodb', isUrl, '`url` must be mongodb://user:password@host:port/database')
  // The client would use the text after the first @ as the host, and quote it in its errors.
  const hasOne = url.split('@').length <= 2
  assertOption('mongodb', hasOne, '`url` has more than one @: percent-encode user and password (%40 for @, %2F for /)')
}

/**
 * Query parameters that turn off the check of the certificate or of its host. The last three have no effect in a URL.
 */
const UNCHECKED = /^(tlsinsecure|tlsallowinvalid\w*|rejectunauthorized|checkserveridentity|securecontext)$/

/** @param isGiven true if the option `tls` is set */
function checkTlsIn(url: string, isGiven: boolean): void {
  // The client ignores case in names.
  for (const [name, value] of new URLSearchParams(/\?(.*)$/s.exec(url)?.[1])) {
    const param = name.toLowerCase()
    const isChecked = !UNCHECKED.test(param) || (value === 'false' && param.startsWith('tls'))
    const instead = 'name its authority with `tlsCAFile` in `url`, or set it as `tls.ca`'
    assertOption('mongodb', isChecked, `\`url\` turns the check of the server’s certificate off: ${instead}`)
    if (!isGiven) continue
    const isFile = /^tls\w+file/.test(param)
    assertOption('mongodb', !isFile, 'set the certificates as files in `url` or as `tls`, not both')
    const isOff = /^(tls|ssl)$/.test(param) && value !== 'true'
    assertOption('mongodb', !isOff, '`url` turns TLS off, and `tls` turns it on: remove one of them')
  }
}

/** Since 4.4, MongoDB allows 255 bytes for "database.collection", of which up to 63 belong to the database. */
const LONGEST_TYPE = 190

/** Returns the name of a type's collection, which is the type itself. Throws InvalidOptionError for an invalid name. */
export function collectionName(type: string): string {
  const isName = Buffer.byteLength(type) <= LONGEST_TYPE && !/[$\0\p{Surrogate}]|^system\.|^\.|\.\.|\.$/u.test(type)
  const limits = `up to ${LONGEST_TYPE} bytes without $ and NUL, no "system." at its start, no dot at its ends`
  assertOption('mongodb', isName, `a type must be the name of a collection: ${limits}`)
  return type
}
