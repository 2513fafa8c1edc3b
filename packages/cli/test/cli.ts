import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RecordsBank, Schema } from '@sessionbank/databank-kit'
import { type OpenBank, openDatabank, SessionStore, type StoreOptions } from '@sessionbank/session-core'

const BIN = join(__dirname, '../bin/sessionbank.js')

export interface Ended {
  code: number | null
  out: string
  err: string
}

export interface Running {
  child: ReturnType<typeof spawn>
  ended: Promise<Ended>
}

interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  /** The text for stdin. Default: none. */
  input?: string
}

/** Starts the built program. */
export function start(args: string[], { cwd, env, input = '' }: RunOptions = {}): Running {
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...inherited } = process.env
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...inherited, ...env } })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (data) => (texts.out += data))
  child.stderr.on('data', (data) => (texts.err += data))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...texts })))
  return { child, ended }
}

/** Runs the built program. */
export function sessionbank(args: string[], options?: RunOptions): Promise<Ended> {
  return start(args, options).ended
}

/** Runs the program, expects exit code 0, and returns its output. */
export async function output(args: string[], options?: RunOptions): Promise<string> {
  const { code, out, err } = await sessionbank(args, options)
  if (code !== 0) throw new Error(`exit ${code}: ${err}`)
  return out
}

/** Expects an error of one line, without a stack, and the exit code. */
export async function expectFailure(args: string[], line: RegExp, code = 2, options?: RunOptions): Promise<void> {
  const ended = await sessionbank(args, options)
  expect(ended.err).toMatch(line)
  expect(ended.err.trimEnd().split('\n')).toHaveLength(1)
  expect(ended).toMatchObject({ code, out: '' })
}

const made: string[] = []
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Returns a new folder, which is removed after the tests of the file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sessionbank-cli-'))
  made.push(folder)
  return folder
}

export interface Used {
  bank: OpenBank & RecordsBank
  store: SessionStore
}

/** Opens a bank as an app does, uses it, and closes it. */
export async function withStore<T>(
  url: string,
  use: (used: Used) => Promise<T>,
  { schema, ...options }: StoreOptions & { schema?: Schema } = {},
): Promise<T> {
  await using bank = (await openDatabank(url, schema && { schema })) as OpenBank & RecordsBank
  const store = new SessionStore(bank, { cleanupInterval: false, ...options })
  store.on('error', () => {})
  return await use({ bank, store })
}

export interface Held {
  json: string
  expires: number | null
}

/** Returns the records of a type, by id. */
export function heldBy(url: string, type = 'session'): Promise<Map<string, Held>> {
  return withStore(url, async ({ bank }) => {
    const held = new Map<string, Held>()
    for await (const [id, { json, expires }] of bank.records(type).entries()) held.set(id, { json, expires })
    return held
  })
}
