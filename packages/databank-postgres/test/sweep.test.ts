import { describeWith, postgres } from '@sessionbank/test-servers'
import { Client } from 'pg'
import { connected, disconnected } from './connected.ts'

const HOUR = 3_600_000
const past = () => Date.now() - HOUR

describeWith(postgres, (server) => {
  it('a sweep skips an expired record that another transaction is touching', async () => {
    const bank = await connected({ url: server().url })
    const records = bank.records('session')
    await records.write('touched', '{}', { expires: past() })
    await records.write('dead', '{}', { expires: past() })
    const other = new Client({ connectionString: server().url })
    await other.connect()
    await other.query('BEGIN')
    await other.query(`UPDATE databank SET expires = $1 WHERE id = 'touched'`, [Date.now() + HOUR])

    const swept = records.deleteExpired(10)
    expect(await swept).toBe(1)
    await other.query('COMMIT')
    expect(await records.deleteExpired(10)).toBe(0)
    expect(await records.read('touched')).not.toBe(null)
    await other.end()
    await disconnected(bank)
  })

  it('two processes that sweep at the same time delete each record once', async () => {
    const banks = await Promise.all([1, 2].map(() => connected({ url: server().url })))
    const records = banks.map((bank) => bank.records('crowded'))
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => records[n % 2]?.write(`id-${n}`, '{}', { expires: past() - n })),
    )
    const swept = await Promise.all([...records, ...records].map((each) => each.deleteExpired(200)))
    const rest = await records[0]?.deleteExpired(Number.POSITIVE_INFINITY)
    expect(swept.reduce((sum, n) => sum + n) + Number(rest)).toBe(500)
    expect(Math.max(...swept)).toBeLessThanOrEqual(200)
    await Promise.all(banks.map(disconnected))
  })
})
