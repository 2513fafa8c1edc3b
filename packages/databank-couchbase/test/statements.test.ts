import { indexStatements } from '../src/index.ts'
import { countStatement, keysStatement } from '../src/statements.ts'

it('a statement lists a page of the keys of a type', () => {
  expect(keysStatement({ bucket: 'app' }, { type: 'session', after: 'session:a', limit: 10 })).toEqual({
    text: 'SELECT RAW META(r).id FROM `app` AS r WHERE r.`databank` = $type AND META(r).id > $after ORDER BY META(r).id LIMIT $limit',
    parameters: { type: 'session', after: 'session:a', limit: 10 },
  })
})

it('a statement searches by a token', () => {
  const keyspace = { bucket: 'app', scope: 'web', collection: 'sessions' }
  const { text, parameters } = keysStatement(keyspace, { type: 'session', after: '', limit: 10, token: 'user="ann"' })
  expect(text).toContain('FROM `app`.`web`.`sessions` AS r WHERE')
  expect(text).toContain(' AND ANY token IN r.`tokens` SATISFIES token = $token END AND ')
  expect(parameters).toEqual({ type: 'session', after: '', limit: 10, token: 'user="ann"' })
})

it('a statement counts live records', () => {
  expect(countStatement({ bucket: 'app' }, { type: 'session', now: 5 })).toEqual({
    text: 'SELECT RAW COUNT(*) FROM `app` AS r WHERE r.`databank` = $type AND (r.`expires` IS NULL OR r.`expires` > $now)',
    parameters: { type: 'session', now: 5 },
  })
})

it('the statements create one index for listing and counting, and one for searching', () => {
  expect(indexStatements({ bucket: 'app' })).toEqual([
    'CREATE INDEX IF NOT EXISTS `databank_records` ON `app`(`databank`, META().id, `expires`)',
    'CREATE INDEX IF NOT EXISTS `databank_tokens` ON `app`(`databank`, DISTINCT ARRAY token FOR token IN `tokens` END, META().id)',
  ])
})

it('the text of a statement contains no value, and quotes names', () => {
  const hostile = "x' OR 1=1; DROP `app`"
  const statement = keysStatement({ bucket: 'a`b' }, { type: hostile, after: hostile, limit: 1, token: hostile })
  expect(statement.text).not.toContain('DROP')
  expect(statement.text).toContain('FROM `a``b` AS r')
})
