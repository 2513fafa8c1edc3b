import { randomUUID } from 'node:crypto'
import { nameAndCode, type Records, type RecordsBank } from '@sessionbank/databank-kit'
import { type OpenBank, openDatabank } from '@sessionbank/session-core'
import { type BankFlags, withBank } from '../bank.ts'
import { fromEnvironment } from '../options-file.ts'
import type { Terminal } from '../terminal.ts'
import { durationText } from '../text.ts'
import { EXIT, isExplained } from '../user-error.ts'

/** The number of concurrent writers, and how often each of them writes. */
const [WRITERS, ROUNDS] = [8, 10]
/** Lifetime of scratch records in ms, in case this process is killed. */
const LIFE = 60_000

/** Checks that a bank can be reached, may be written, and changes records atomically. */
export async function check(terminal: Terminal, url: string, flags: BankFlags): Promise<number> {
  const began = performance.now()
  let failures = 0
  const step = async (what: string, work: () => Promise<string | undefined>) => {
    const { green, red } = terminal.colors
    try {
      const note = await work()
      await terminal.print(`${green('ok')}      ${what}${note ? `: ${note}` : ''}`)
    } catch (error) {
      failures++
      const why = error instanceof Broken || isExplained(error) ? error.message : nameAndCode(error)
      await terminal.print(`${red('FAILED')}  ${what}: ${why}`)
    }
  }
  await withBank(url, flags, async ({ bank, records, options }) => {
    await step('reached', async () => durationText(performance.now() - began))
    const id = `sessionbank-check-${randomUUID()}`
    await step('may read', async () => void (await records.read(id)))
    await step('may list', async () => void (await records.count()))
    await step('may write, touch and delete', () => writesAndDeletes(records, id))
    // Without write access, atomicity cannot be tested.
    if (failures > 0) return
    await step('changes records atomically', () => race(bank, fromEnvironment(url), options.type))
  })
  return failures === 0 ? EXIT.done : EXIT.failed
}

/** A failed check of the bank's behaviour. */
class Broken extends Error {}

/** Returns a record that stores neither show nor change, because it looks like one of a later version. */
function scratchText(id: string, count = 0): string {
  return JSON.stringify({ count, sid: id, _bank: { check: true } })
}

async function writesAndDeletes(records: Records, id: string): Promise<undefined> {
  const expires = Date.now() + LIFE
  const revision = await records.write(id, scratchText(id), { expires, ifRevision: null })
  try {
    if ((await records.read(id))?.json !== scratchText(id)) throw new Broken('it does not return what was written')
    if (!revision || !(await records.touch(id, expires + LIFE))) throw new Broken('it does not find what was written')
  } finally {
    await records.delete(id)
  }
  if (await records.read(id)) throw new Broken('a deleted record is still there')
}

/** Increments one record concurrently over two connections. A lost update makes the sum too small. */
async function race(bank: RecordsBank, url: string, type: string): Promise<string> {
  const id = `sessionbank-check-${randomUUID()}`
  await using other = (await openDatabank(url)) as OpenBank & RecordsBank
  const sides = [bank.records(type), other.records(type)] as const
  const expires = Date.now() + LIFE
  await sides[0].write(id, scratchText(id), { expires, ifRevision: null })
  try {
    const writers = Array.from({ length: WRITERS }, (_, n) => countUp(sides[n % 2 === 0 ? 0 : 1], id, expires))
    await Promise.all(writers)
    const { count } = JSON.parse((await sides[1].read(id))?.json ?? '{}') as { count?: number }
    if (count === WRITERS * ROUNDS) return `${count} racing updates, none lost`
    throw new Broken(`only ${count ?? 0} of ${WRITERS * ROUNDS} racing updates were kept`)
  } finally {
    await sides[0].delete(id)
  }
}

async function countUp(records: Records, id: string, expires: number): Promise<void> {
  for (let round = 0; round < ROUNDS; ) {
    const stored = await records.read(id)
    if (!stored) throw new Broken('a record was lost during concurrent updates')
    const { count } = JSON.parse(stored.json) as { count: number }
    const revision = await records.write(id, scratchText(id, count + 1), { expires, ifRevision: stored.revision })
    if (revision !== null) round++
  }
}
