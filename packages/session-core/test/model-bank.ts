import type { Records } from '@sessionbank/databank-kit'
import type { Scheduler } from 'fast-check'
import type { Bank } from '../src/index.ts'

/** Starts a call to a bank, and delivers its answer, when the scheduler says so. */
async function scheduled<T>(scheduler: Scheduler, name: string, call: () => Promise<T>): Promise<T> {
  let answer: Promise<T> | undefined
  await scheduler.schedule(Promise.resolve(), `${name} is done`, undefined, async (run) => {
    answer = call()
    await answer.catch(() => {})
    await run()
  })
  await scheduler.schedule(Promise.resolve(), `${name} is answered`)
  return answer as Promise<T>
}

/**
 * Returns a bank whose calls the scheduler orders: databank's own calls, or those of `records` if it has them.
 *
 * @param isSync true if the synchronous calls are passed on, which nothing can come between
 */
export function scheduledBank(bank: Bank, scheduler: Scheduler, isSync: boolean): Bank {
  const call = (method: 'read' | 'save' | 'del' | 'scan') => {
    return (...args: unknown[]) => {
      const callback = args.pop() as (...results: unknown[]) => void
      const plain = bank[method] as unknown as (...args: unknown[]) => void
      const results = scheduled(scheduler, method, () => {
        return new Promise<unknown[]>((resolve) => plain.call(bank, ...args, (...all: unknown[]) => resolve(all)))
      })
      results.then((all) => callback(...all))
    }
  }
  const calls = { read: call('read'), save: call('save'), del: call('del'), scan: call('scan') }
  const recordsOf = (type: string) => {
    const records = bank.records?.(type) as Records
    const scheduled = scheduledRecords(records, scheduler)
    return isSync ? { ...scheduled, ...synchronous(records) } : scheduled
  }
  const records = bank.records && recordsOf
  return { ...calls, ...(records && { records }) } as Bank
}

/** The synchronous calls of a bank. A store uses them only if the bank keeps deadlines. */
function synchronous(records: Records): Partial<Records> {
  if (!records.sync) throw new Error('the bank has no synchronous writes')
  const readNow = (id: string) => records.readNow?.(id)
  return { readNow, sync: records.sync, [Symbol.for('sessionbank.keepsDeadlines')]: true }
}

function scheduledRecords(records: Records, scheduler: Scheduler): Records {
  const step = <T>(name: string, call: () => Promise<T>) => scheduled(scheduler, name, call)
  async function* stream<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]()
    for (;;) {
      const next = await step('next', () => iterator.next())
      if (next.done) return
      yield next.value
    }
  }
  return {
    read: (id) => step('read', () => records.read(id)),
    write: (id, json, options) => step('write', () => records.write(id, json, options)),
    touch: (id, expires, options) => step('touch', () => records.touch(id, expires, options)),
    delete: (id) => step('delete', () => records.delete(id)),
    entries: () => stream(records.entries()),
    find: (field, value) => stream(records.find(field, value)),
    count: () => step('count', () => records.count()),
    clear: () => step('clear', () => records.clear()),
    deleteExpired: (limit) => step('deleteExpired', () => records.deleteExpired(limit)),
  }
}
