import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const SCRIPT = join(__dirname, 'waiting-script.cjs')
const CALLS = ['load', 'save', 'touch', 'destroy', 'update', 'all', 'length', 'find', 'destroyWhere', 'cleanup']
const KINDS = ['plain', 'records']
/** Writes that may have reached the bank. On a plain databank, the others read first. */
const SENT: Record<string, string[]> = { plain: ['destroy'], records: ['save', 'destroy'] }

/** Returns the output of a script that has to end by itself; if it hangs, it is killed and the test fails. */
async function run(kind: string, work: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, kind, work], { timeout: 25_000 })
  return stdout
}

describe.each(KINDS)('on a bank that never answers (%s), a process', (kind) => {
  it.each(CALLS)('runs until its %s() has failed, and then ends', async (call) => {
    const isSent = SENT[kind]?.includes(call)
    expect(await run(kind, call)).toBe(isSent ? 'SESSIONBANK_UNKNOWN_OUTCOME' : 'SESSIONBANK_TIMEOUT')
  })

  it.each(['timer', 'limiting timer'])('is not kept alive by the sweep of the %s', async (work) => {
    expect(await run(kind, work)).toBe('begun')
  })
})

describe('a process', () => {
  it('ends as soon as its operations have ended, long before their deadlines', async () => {
    expect(await run('plain', 'answered')).toBe('1')
  })

  it('runs until a second operation has failed after the first one has ended', async () => {
    expect(await run('plain', 'second')).toBe('SESSIONBANK_TIMEOUT')
  })

  it('runs until its clear() has failed after the timeout of the driver', async () => {
    expect(await run('plain', 'clear')).toBe('SESSIONBANK_TIMEOUT')
  })

  it('runs until a sweep that the timer started and cleanup() joined has failed', async () => {
    expect(await run('plain', 'joined')).toBe('SESSIONBANK_TIMEOUT')
  })

  it('runs until an update() with an endless function has failed', async () => {
    expect(await run('plain', 'slow change')).toBe('SESSIONBANK_SLOW_CHANGE')
  })
})
