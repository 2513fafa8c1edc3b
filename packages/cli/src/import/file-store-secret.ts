import { createDecipheriv, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { parsedIfJson } from '@sessionbank/databank-kit'

const derived = promisify<string, Buffer, number, Buffer>(scrypt)

/** A file that session-file-store writes with a `secret` and its own `crypto`: JSON of kruptein 2. */
interface Encrypted {
  /** One character per byte. */
  ct: string
  aad: string
  iv: Buffer
  salt: Buffer
  at: Buffer
}

/**
 * Decrypts a file of session-file-store. kruptein 3, which connect-mongo uses, cannot read the format of kruptein 2.
 * Returns undefined if the secret is wrong, and an unencrypted file unchanged.
 */
export async function decrypted(stored: unknown, secret: string): Promise<unknown> {
  if (!isEncrypted(stored)) return stored
  try {
    const key = await derived(secret, Buffer.from(stored.salt), 32)
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(stored.iv), { authTagLength: 16 })
    decipher.setAuthTag(Buffer.from(stored.at)).setAAD(Buffer.from(stored.aad, 'binary'))
    const text = decipher.update(stored.ct, 'binary', 'utf8') + decipher.final('utf8')
    // The session is JSON within JSON: the store and kruptein both convert it.
    return parsedIfJson(String(parsedIfJson(text)))
  } catch {
    return undefined
  }
}

function isEncrypted(stored: unknown): stored is Encrypted {
  return typeof stored === 'object' && stored !== null && 'ct' in stored && 'salt' in stored && !('cookie' in stored)
}
