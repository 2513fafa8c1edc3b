import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes that an attacker may get hold of. */
export interface Evidence {
  name: string
  bytes: Buffer
}

/** All files in a folder and below it. */
export function filesIn(folder: string): Evidence[] {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
  return files.flatMap((file) => evidenceIn(join(file.parentPath, file.name), file))
}

/** A server may remove a file while its folder is being listed. */
function evidenceIn(path: string, { name }: Dirent): Evidence[] {
  try {
    return [{ name, bytes: readFileSync(path) }]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** The forms in which a text may lie among bytes, each by its name. */
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

/** The digits of base64 that the text alone decides, behind so many bytes of something else. */
function base64Forms(utf8: Buffer, before: number): [name: string, form: Buffer][] {
  const all = Buffer.concat([Buffer.alloc(before), utf8])
  const [first, end] = [Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6)]
  return (['base64', 'base64url'] as const).map((encoding) => {
    return [`${encoding} behind ${before}`, Buffer.from(all.toString(encoding).slice(first, end))]
  })
}

/** Returns where a text is found, and in which form: `data.mdb: utf8`. */
export function traces(text: string, evidence: readonly Evidence[]): string[] {
  const forms = formsOf(text)
  return evidence.flatMap(({ name, bytes }) =>
    forms.filter(([, form]) => bytes.includes(form)).map(([form]) => `${name}: ${form}`),
  )
}
