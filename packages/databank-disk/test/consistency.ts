import { open } from 'lmdb'
import { expiresIn, tokensIn } from '../src/stored-form.ts'

/**
 * Compares the databases of a type: the expiry has exactly one entry for each record that expires, and the index of a
 * field has exactly one for each token. The folder must not be open in this process. Returns the number of records.
 */
export async function expectConsistent(dir: string, type: string, fields: string[] = []): Promise<number> {
  const root = open({ path: dir, noSubdir: false, maxDbs: 64, overlappingSync: false, encoding: 'string' })
  try {
    const records = root.openDB<string, string>({ name: `${type}/records`, encoding: 'string', useVersions: true })
    const expiry = root.openDB({ name: `${type}/expiry`, encoding: 'binary' })
    const ends: [number, string][] = []
    const tokens: [field: string, token: string, id: string][] = []
    for (const { key, value } of records.getRange()) {
      const expires = expiresIn(value)
      if (expires !== null) ends.push([Math.ceil(expires), key])
      for (const [field, token] of JSON.parse(tokensIn(value) || '[]')) tokens.push([field, token, key])
    }
    expect(sorted([...expiry.getKeys()])).toEqual(sorted(ends))
    const indexed = fields.flatMap((field) => {
      const index = root.openDB({ name: `${type}/tokens/${field}`, encoding: 'binary' })
      return [...index.getKeys()].map((key) => [field, ...(key as string[])])
    })
    expect(sorted(indexed)).toEqual(sorted(tokens))
    return records.getKeysCount()
  } finally {
    await root.close()
  }
}

function sorted(items: unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort()
}
