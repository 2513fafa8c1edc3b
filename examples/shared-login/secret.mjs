import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The minimum length for @fastify/session. */
const SHORTEST = 32

/**
 * Returns the secret that signs the cookie: the given one, else the one in the file, which is created at the first
 * start, so that users stay logged in after a restart.
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
