import { createDecipheriv, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { parsedIfJson } from '@sessionbank/databank-kit'

const derived = promisify<string, Buffer, number, Buffer>(scrypt)

/** What session-file-store writes with a `secret` and its own `crypto`: JSON that kruptein 2 has made. */
interface Encrypted {
  /** One character a byte. */
  ct: string
  aad: string
  iv: Buffer
  salt: Buffer
  at: Buffer
}

/**
 * Decrypts a file of session-file-store. kruptein 3, with which connect-mongo encrypts, does not read what kruptein 2 wrote.
 *
 * Returns undefined if the secret does not open it; what is not encrypted, as it is.
 */
export async function decrypted(stored: unknown, secret: string): Promise<unknown> {
  if (!isEncrypted(stored)) return stored
  try {
    const key = await derived(secret, Buffer.from(stored.salt), 32)
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(stored.iv), { authTagLength: 16 })
    decipher.setAuthTag(Buffer.from(stored.at)).setAAD(Buffer.from(stored.aad, 'binary'))
    const text = decipher.update(stored.ct, 'binary', 'utf8') + decipher.final('utf8')
    // The store makes JSON of a session, and kruptein JSON of that.
    return parsedIfJson(String(parsedIfJson(text)))
  } catch {
    return undefined
  }
}

function isEncrypted(stored: unknown): stored is Encrypted {
  return typeof stored === 'object' && stored !== null && 'ct' in stored && 'salt' in stored && !('cookie' in stored)
}
