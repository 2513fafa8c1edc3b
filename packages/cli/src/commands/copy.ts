import { createHash } from 'node:crypto'
import { assertIndexed, RecordTokens } from '@sessionbank/session-core/maintenance'
import { type BankFlags, type Opened, withBank } from '../bank.ts'
import { Copier, type PassReport } from '../copy/copier.ts'
import { CopyJournal } from '../copy/journal.ts'
import { placeOf } from '../place.ts'
import { Progress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { countText } from '../text.ts'
import { EXIT, UserError } from '../user-error.ts'

interface CopyFlags extends BankFlags {
  toType?: string
  journal?: string
  final?: boolean
}

/** If a pass is shorter than this, in ms, no further pass follows, because it would find as many changes. */
const SHORT_PASS = 5_000
/** If a pass takes more than this share of the time of the previous pass, no further pass follows either. */
const SHORTER = 0.9
/** If this many passes have found changes, a process of the app must still be running. */
const MOST_FINAL_PASSES = 3

/** Copies all sessions of a bank into another one. */
export async function copy(terminal: Terminal, from: string, to: string, flags: CopyFlags): Promise<number> {
  return withBank(from, flags, (source) => {
    const type = flags.toType ?? source.options.type
    const [here, there] = [`${placeOf(from)} ${source.options.type}`, `${placeOf(to)} ${type}`]
    if (here === there) {
      throw new UserError('source and target are the same bank: use another URL, or --to-type')
    }
    return withBank(
      to,
      { ...flags, type },
      async (target) => {
        await assertIndexed(target.bank, target.options)
        // Sorted, so that a copy in the other direction finds the same journal.
        const folder = flags.journal ?? `sessionbank-copy-${shortened([here, there].sort().join(' '))}`
        const journal = new CopyJournal(folder, here, there)
        try {
          const copying: Copying = { terminal, source, target, journal }
          const code = flags.final ? await copyFinally(copying) : await copyMeanwhile(copying)
          if (flags.final && code === EXIT.done) {
            await journal.finish()
            terminal.note(`Keep the folder ${folder}: it is needed to copy back with the URLs exchanged.`)
          }
          return code
        } catch (error) {
          throw explained(error)
        } finally {
          await journal.close()
        }
      },
      { isTarget: true },
    )
  })
}

interface Copying {
  terminal: Terminal
  source: Opened
  target: Opened
  journal: CopyJournal
}

/** Copies while the app runs, in passes, each of which copies what has changed since the previous one. */
async function copyMeanwhile(copying: Copying): Promise<number> {
  const { terminal, journal } = copying
  for (let n = 1, before = Number.POSITIVE_INFINITY; ; n++) {
    const began = new Date()
    const report = await pass(copying, `Pass ${n}`, n === 1 && journal.isResumed)
    const took = Date.now() - began.getTime()
    const changed = report.written + report.touched + report.removed
    if (changed > 0 && took >= SHORT_PASS && took < before * SHORTER) {
      before = took
      continue
    }
    const kept = report.kept > 0 ? ` Kept ${countText(report.kept)} that the target had before or has changed.` : ''
    await terminal.print(
      `Copied.${kept} Sessions that the app has changed, used or ended since ${began.toISOString()} may differ: ` +
        'stop the app, then run the same command with --final.',
    )
    return EXIT.done
  }
}

/** Copies while the app is stopped: compares each record, until nothing differs. */
async function copyFinally(copying: Copying): Promise<number> {
  const { terminal } = copying
  for (let n = 1; n <= MOST_FINAL_PASSES; n++) {
    const { written, touched, removed, kept } = await pass(copying, n === 1 ? 'Final pass' : 'Checking', true)
    if (written + touched + removed > 0) continue
    const left = kept > 0 ? `, except ${countText(kept)} that the target had before or has changed` : ''
    await terminal.print(`The target has all sessions of the source${left}.`)
    return EXIT.done
  }
  terminal.fail('the source is still changing: stop all processes of the app, then run the command again')
  return EXIT.failed
}

async function pass({ terminal, source, target, journal }: Copying, label: string, isThorough: boolean) {
  const progress = new Progress(terminal, label, await source.records.count())
  const copier = new Copier({
    from: source.records,
    to: target.records,
    tokens: new RecordTokens(target.bank, target.options),
    journal,
    onRecord: progress.tick,
  })
  const report = await copier.pass(isThorough)
  terminal.note(`${label}: ${progress.end()}; ${told(report)}`)
  return report
}

function told({ written, touched, removed, kept }: PassReport): string {
  return `${countText(written)} written, ${countText(touched)} renewed, ${countText(removed)} removed, ${countText(kept)} kept`
}

function shortened(about: string): string {
  return createHash('sha256').update(about).digest('hex').slice(0, 12)
}

/** Explains the error of a sealed session, which cannot be indexed without its key. */
function explained(error: unknown): unknown {
  if ((error as { code?: unknown }).code !== 'SESSIONBANK_UNREADABLE') return error
  return new UserError(
    'a sealed session cannot be added to the index of the target without its key: use --options with the `encryption` ' +
      'of the app, or without `schema`',
  )
}
