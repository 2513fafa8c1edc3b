import { promisify } from 'node:util'
import { parsedIfJson } from '@sessionbank/databank-kit'
import kruptein from 'kruptein'
import { COLLECTIONS, type Found, type SourceFlags } from './found.ts'
import { inMongodb } from './mongodb.ts'

/** The encryption of connect-mongo, if its `crypto` has only a secret. */
const CRYPTO = {
  algorithm: 'aes-256-gcm',
  hashing: 'sha512',
  encodeas: 'base64',
  key_size: 32,
  iv_size: 16,
  at_size: 16,
}

/** Reads connect-mongo, which stores a session as an object or as JSON, encrypted or not, with its expiry. */
export async function* connectMongo(
  url: string,
  { collection = COLLECTIONS['connect-mongo'] }: SourceFlags,
  secret: string | undefined,
): AsyncGenerator<Found> {
  const decrypted = secret === undefined ? null : decrypter(secret)
  for await (const { _id, session, expires } of inMongodb(url, collection)) {
    const isText = typeof session === 'string'
    const value = isText && decrypted ? await decrypted(session) : session
    yield {
      sid: String(_id),
      session: typeof value === 'string' ? parsedTwice(value) : value,
      expires: expires instanceof Date ? expires.getTime() : undefined,
    }
  }
}

/** Parses a text that is JSON within JSON, because it was JSON before it was encrypted. */
function parsedTwice(text: string): unknown {
  const value = parsedIfJson(text)
  return typeof value === 'string' ? parsedIfJson(value) : value
}

/** Returns a function that decrypts a session, or returns undefined if it cannot. */
function decrypter(secret: string): (text: string) => Promise<unknown> {
  const instance = kruptein({ ...CRYPTO, secret })
  const decrypt = promisify(instance.get.bind(instance))
  return (text) => decrypt(secret, text).catch(() => undefined)
}
