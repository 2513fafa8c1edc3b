import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** @fastify/session takes none that is shorter. */
const SHORTEST = 32

/**
 * The secret that signs the cookie: the one given, else the one in the file, which is made at the first start, so that a
 * restart keeps everybody logged in.
 */
export async function secretFrom(given, file) {
  if (given === undefined) return longEnough(await keptIn(file), file)
  return longEnough(given, 'SESSIONBANK_SECRET')
}

async function keptIn(file) {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  return (await readFile(file, 'utf8')).trim()
}

function longEnough(secret, source) {
  if (secret.length >= SHORTEST) return secret
  throw new Error(`the secret in ${source} is too short: it needs at least ${SHORTEST} characters`)
}
