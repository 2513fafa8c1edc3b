import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes that an attacker may obtain. */
export interface Evidence {
  name: string
  bytes: Buffer
}

/** Returns all files in a folder and below. */
export function filesIn(folder: string): Evidence[] {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
  return files.flatMap((file) => evidenceIn(join(file.parentPath, file.name), file))
}

/** Ignores files that a server removes while their folder is listed. */
function evidenceIn(path: string, { name }: Dirent): Evidence[] {
  try {
    return [{ name, bytes: readFileSync(path) }]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Returns the encodings in which a text may occur among bytes, with their names. */
export function formsOf(text: string): [name: string, form: Buffer][] {
  const utf8 = Buffer.from(text)
  const hex = utf8.toString('hex')
  return [
    ['utf8', utf8],
    ['utf16le', Buffer.from(text, 'utf16le')],
    ['hex', Buffer.from(hex)],
    ['HEX', Buffer.from(hex.toUpperCase())],
    ...[0, 1, 2].flatMap((before) => base64Forms(utf8, before)),
  ]
}

/** Returns the base64 digits that depend only on the text, if it follows `before` other bytes. */
function base64Forms(utf8: Buffer, before: number): [name: string, form: Buffer][] {
  const all = Buffer.concat([Buffer.alloc(before), utf8])
  const [first, end] = [Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6)]
  return (['base64', 'base64url'] as const).map((encoding) => {
    return [`${encoding} behind ${before}`, Buffer.from(all.toString(encoding).slice(first, end))]
  })
}

/** Returns where a text is found, and in which encoding, such as `data.mdb: utf8`. */
export function traces(text: string, evidence: readonly Evidence[]): string[] {
  const forms = formsOf(text)
  return evidence.flatMap(({ name, bytes }) =>
    forms.filter(([, form]) => bytes.includes(form)).map(([form]) => `${name}: ${form}`),
  )
}
