import { type BankFlags, withBank } from '../bank.ts'
import { Progress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { countText, relativeText, sizeText } from '../text.ts'
import { EXIT } from '../user-error.ts'

/** Counts sessions, their ages and sizes. */
export function stats(terminal: Terminal, url: string, flags: BankFlags & { json?: boolean }): Promise<number> {
  return withBank(url, flags, async ({ records, store }) => {
    const progress = new Progress(terminal, 'Reading', terminal.isInteractive ? await records.count() : null)
    const found = await store.stats(progress.tick)
    progress.end()
    if (flags.json) {
      await terminal.print(JSON.stringify(found))
      return EXIT.done
    }
    const { live, expired, unreadable, created, ages, bytes } = found
    const { bold, dim } = terminal.colors
    const line = (name: string, value: string, note = '') => {
      return terminal.print(`${bold(name.padEnd(10))} ${value.padStart(12)}${note && `  ${dim(note)}`}`)
    }
    await line('live', countText(live))
    if (expired !== null) await line('expired', countText(expired), 'not yet cleaned up')
    if (unreadable > 0)
      await line('unreadable', countText(unreadable), 'of another version, damaged, or sealed with a missing key')
    if (live === 0) return EXIT.done
    await line('oldest', relativeText(created.oldest))
    await line('newest', relativeText(created.newest))
    await line(
      'size',
      sizeText(bytes.total),
      `${sizeText(Math.round(bytes.total / live))} each, the largest ${sizeText(bytes.largest)}`,
    )
    await terminal.print('')
    await terminal.print(bold('created'))
    for (const [age, count] of Object.entries(ages)) {
      const share = Math.round((count / live) * 30)
      if (age !== 'unknown' || count > 0) {
        await terminal.print(
          `${(AGES[age] ?? age).padEnd(16)} ${countText(count).padStart(12)}  ${terminal.colors.green('█'.repeat(share))}`,
        )
      }
    }
    return EXIT.done
  })
}

const AGES: Record<string, string> = {
  hour: 'within an hour',
  day: 'within a day',
  week: 'within a week',
  month: 'within 30 days',
  older: 'before',
  unknown: 'not known',
}
