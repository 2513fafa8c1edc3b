import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { parsedIfJson } from '@sessionbank/databank-kit'
import type { Found, SourceFlags } from './found.ts'
import { opened, textOf } from './session-file-store.ts'

const ENDING = '.json'

/**
 * Reads the npm package databank-disk, which stores one file per value, `<folder>/<type>/a/ab/abc/<MD5 of the
 * id>.json`. connect-databank adds the id to the session and the expiry to the cookie.
 */
export async function* databankDisk(folder: string, { fromType = 'session' }: SourceFlags): AsyncGenerator<Found> {
  yield* within(join(folder, fromType))
}

async function* within(folder: string): AsyncGenerator<Found> {
  for await (const entry of await opened(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* within(path)
    else if (entry.name.endsWith(ENDING)) yield foundIn(path, entry.name.slice(0, -ENDING.length), await textOf(path))
  }
}

function foundIn(file: string, name: string, text: string): Found {
  const session = parsedIfJson(text)
  const sid = (session as { sid?: unknown } | null | undefined)?.sid
  const isOwn = typeof sid === 'string' && nameOf(sid) === name
  return { sid: isOwn ? sid : name, session: isOwn ? session : undefined, expires: undefined, file }
}

function nameOf(sid: string): string {
  return createHash('md5').update(sid).digest('base64url')
}
