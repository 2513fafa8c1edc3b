import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const SCRIPT = join(__dirname, 'waiting-script.cjs')
const CALLS = ['load', 'save', 'touch', 'destroy', 'update', 'all', 'length', 'find', 'destroyWhere', 'cleanup']
const KINDS = ['plain', 'records']
/** Writes that may have reached the bank. On a plain one, the others read first. */
const SENT: Record<string, string[]> = { plain: ['destroy'], records: ['save', 'destroy'] }

/** What a script prints that has to end by itself; one that hangs is killed, and fails. */
async function run(kind: string, work: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, kind, work], { timeout: 25_000 })
  return stdout
}

describe.each(KINDS)('on a bank that never answers (%s), a process', (kind) => {
  it.each(CALLS)('lives until its %s() has failed, and then ends', async (call) => {
    const isSent = SENT[kind]?.includes(call)
    expect(await run(kind, call)).toBe(isSent ? 'SESSIONBANK_UNKNOWN_OUTCOME' : 'SESSIONBANK_TIMEOUT')
  })

  it.each(['timer', 'limiting timer'])('is not kept alive by the sweep of the %s', async (work) => {
    expect(await run(kind, work)).toBe('begun')
  })
})

describe('a process', () => {
  it('ends as soon as its operations have ended, long before their deadline', async () => {
    expect(await run('plain', 'answered')).toBe('1')
  })

  it('lives until an operation has failed that came after others had ended', async () => {
    expect(await run('plain', 'second')).toBe('SESSIONBANK_TIMEOUT')
  })

  it('lives until its clear() has failed, whose time a driver takes by itself', async () => {
    expect(await run('plain', 'clear')).toBe('SESSIONBANK_TIMEOUT')
  })

  it('lives until a sweep of the timer has failed that cleanup() has joined', async () => {
    expect(await run('plain', 'joined')).toBe('SESSIONBANK_TIMEOUT')
  })

  it('lives until an update() has failed whose function never ends', async () => {
    expect(await run('plain', 'slow change')).toBe('SESSIONBANK_SLOW_CHANGE')
  })
})
