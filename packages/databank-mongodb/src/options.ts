import {
  assertOption,
  checkDriverOptions,
  checkedTimeout,
  checkedTls,
  type DriverOptions,
  type TlsOptions,
} from '@sessionbank/databank-kit'

/** What the driver uses of a `MongoClient` of the package `mongodb`. */
export interface MongodbClient {
  /** Returns a database; without a name that of the URL. */
  db(name?: string): MongodbDb
}

/** What the driver uses of a `Db` of the package `mongodb`. */
export interface MongodbDb {
  /** Returns a collection. */
  collection(name: string): object
  /** Runs a command: the driver asks for the version of the server. */
  command(command: { buildInfo: 1 }): Promise<object>
}

/** What the driver uses of the package `mongodb`. */
export interface MongodbLibrary {
  /** The class of clients. */
  MongoClient: {
    /** Makes a client that connects when it is first used. */
    new (url: string, options: never): MongodbClient
  }
}

/** The params of `Databank.get('mongodb', params)`: one of `url`, `client` and a `Db`; the rest is optional. */
export interface MongodbParams extends DriverOptions {
  /** `mongodb://user:password@host:port/database` or `mongodb+srv://…`; what follows a `?` goes to the client as it is. */
  url?: string
  /** Turns TLS on, with these certificates instead of files that the URL names. Default: as the URL says. */
  tls?: TlsOptions
  /** A `MongoClient` that the app has already. The bank never closes it. */
  client?: MongodbClient
  /** A `Db` that the app has already, or, beside `url` or `client`, the name of one. Default: the one in the URL. */
  db?: MongodbDb | string
  /** The package `mongodb`, for a bundle, which cannot load it by its name: `import * as mongodb from 'mongodb'`. */
  library?: MongodbLibrary
  /** Creates the indexes if there are none. Default: true. False: create them yourself, see "Indexes" in docs/guides/mongodb.md. */
  createIndexes?: boolean
  /** How long a call waits for the database, in ms. Default: 5,000. */
  timeout?: number
}

/** Returns the params with their defaults. Throws InvalidOptionError if one of them cannot be used. */
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
  assertOption('mongodb', given.length === 1, 'give one of `url` (mongodb://…), `client` and `db`')
  if (url !== undefined) checkUrl(url)
  const tls = checkedTls('mongodb', params.tls)
  assertOption('mongodb', url !== undefined || tls === undefined, '`tls` goes with `url`: set a client up by yourself')
  if (url !== undefined) checkTlsIn(url, tls !== undefined)
  assertOption('mongodb', client === undefined || typeof client?.db === 'function', '`client` is a MongoClient')
  const isMongodb = library === undefined || typeof library?.MongoClient === 'function'
  assertOption('mongodb', isMongodb, '`library` is the package mongodb: import * as mongodb from "mongodb"')
  const isDb = typeof db === 'string' ? db !== '' : db === undefined || typeof db?.collection === 'function'
  assertOption('mongodb', isDb, '`db` is a Db, or the name of one')
  assertOption('mongodb', typeof createIndexes === 'boolean', '`createIndexes` is true or false')
  return { url, tls, client, db, library, createIndexes, timeout: checkedTimeout('mongodb', params.timeout) }
}

/** What a bank works with. */
export type Options = ReturnType<typeof checkedOptions>

/** The messages never quote the URL: it may hold a password. */
function checkUrl(url: unknown): void {
  const isUrl = typeof url === 'string' && /^mongodb(\+srv)?:\/\//.test(url)
  assertOption('mongodb', isUrl, '`url` is mongodb://user:password@host:port/database')
  // The client would take what follows the first for the host, and name it in its errors.
  const hasOne = url.split('@').length <= 2
  assertOption('mongodb', hasOne, '`url` has more than one @: percent-encode user and password (%40 for @, %2F for /)')
}

/** With these the client does not check the server's certificate, or the host in it; the last three mean nothing in a URL. */
const UNCHECKED = /^(tlsinsecure|tlsallowinvalid\w*|rejectunauthorized|checkserveridentity|securecontext)$/

/** @param isGiven true if certificates are given beside the URL */
function checkTlsIn(url: string, isGiven: boolean): void {
  // The client takes names of any case.
  for (const [name, value] of new URLSearchParams(/\?(.*)$/s.exec(url)?.[1])) {
    const param = name.toLowerCase()
    const isChecked = !UNCHECKED.test(param) || (value === 'false' && param.startsWith('tls'))
    const instead = 'name its authority with `tlsCAFile` in `url`, or give it as `tls.ca`'
    assertOption('mongodb', isChecked, `\`url\` turns the check of the server’s certificate off: ${instead}`)
    if (!isGiven) continue
    const isFile = /^tls\w+file/.test(param)
    assertOption('mongodb', !isFile, 'give the certificates as files in `url` or as `tls`, not both')
    const isOff = /^(tls|ssl)$/.test(param) && value !== 'true'
    assertOption('mongodb', !isOff, '`url` turns TLS off, and `tls` turns it on: take one of the two out')
  }
}

/** MongoDB's limit for database, dot and collection is 255 bytes since 4.4; this leaves the database its 63. */
const LONGEST_TYPE = 190

/** Returns the name of the collection of a type: the type itself. Throws InvalidOptionError if MongoDB has no such name. */
export function collectionName(type: string): string {
  const isName = Buffer.byteLength(type) <= LONGEST_TYPE && !/[$\0\p{Surrogate}]|^system\.|^\.|\.\.|\.$/u.test(type)
  const limits = `up to ${LONGEST_TYPE} bytes without $ and NUL, no "system." before it, no dot at its ends`
  assertOption('mongodb', isName, `a type is the name of a collection: ${limits}`)
  return type
}
