import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/** The form in which a bank stores ids and records. */
export interface StoredForm {
  /** Returns the id under which the bank stores a session. */
  idOf(sid: string): string
  /** Returns the stored text of a session's record. */
  stored(sid: string, record: string): string
  /** Returns a session's record from its stored text. */
  opened(sid: string, text: string): string
}

/** Without `hashIds` and `encryption`. */
export const plainForm: StoredForm = {
  idOf: (sid) => sid,
  stored: (_sid, record) => record,
  opened: (_sid, text) => text,
}

/**
 * Hashed ids and sealed records as documented, implemented with node:crypto only. Shares no code with the stores, so
 * that their records are compared with the documentation.
 *
 * @param hashesIds false for a session that is older than `hashIds` and keeps its id
 */
export function documentedForm(key: Buffer, hashesIds = true): StoredForm {
  const derived = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', key, '', `sessionbank ${purpose}`, length))
  const [sealKey, keyId] = [derived('seal', 32), derived('key id', 6).toString('base64url')]
  const idOf = (sid: string) => (hashesIds ? `h1:${digest(sid)}` : sid)
  const mark = hashesIds ? { hashed: true } : {}
  const associated = (sid: string, created: number | string) =>
    Buffer.from(`sessionbank 1 ${keyId} ${created} ${digest(sid)}`)
  return {
    idOf,
    stored(sid, record) {
      const own = record.replace(`"sid":${JSON.stringify(sid)}`, `"sid":"${idOf(sid)}"`)
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(associated(sid, ''))
      const text = cipher.update(`${own.slice(0, -1)},"_bank":${JSON.stringify(mark)}}`)
      const sealed = Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]).toString('base64url')
      return JSON.stringify({ _bank: { sealed: `1.${keyId}.${sealed}`, ...mark } })
    },
    opened(sid, text) {
      const { _bank, ...others } = JSON.parse(text)
      const { sealed, created = '', hashed, ...more } = _bank
      const [version, id, bytes, ...rest] = sealed.split('.')
      const isKnown = version === '1' && id === keyId && hashed === mark.hashed && rest.length === 0
      if (!isKnown || Object.keys({ ...others, ...more }).length > 0) throw new Error('not the documented form')
      const all = Buffer.from(bytes, 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', sealKey, all.subarray(0, 12))
      decipher.setAAD(associated(sid, created)).setAuthTag(all.subarray(-16))
      return decipher.update(all.subarray(12, -16)) + decipher.final('utf8')
    },
  }
}

function digest(sid: string): string {
  return createHash('sha256').update(sid).digest('base64url')
}
