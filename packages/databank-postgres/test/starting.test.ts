import { isStarting } from '../src/failures.ts'

const coded = (code: string, message = '') => Object.assign(new Error(message), { code })

describe('PostgreSQL may only not be up yet', () => {
  it.each([
    ['if it is starting up', coded('57P03', 'the database system is starting up')],
    ['if it is being shut down', coded('57P01', 'terminating connection due to administrator command')],
    ['if nothing listens', coded('ECONNREFUSED')],
    ['if its socket is not there', coded('ENOENT')],
    ['if its host has no address', coded('ENOTFOUND')],
    ['if it closes the connection', new Error('Connection terminated unexpectedly')],
    ['if the pool gave no connection in its time', new Error('timeout exceeded when trying to connect')],
    ['if PgBouncer cannot reach it', coded('08P01', 'server login has been failing, try again later')],
  ])('%s', (_, error) => {
    expect(isStarting(error)).toBe(true)
  })

  it.each([
    ['a wrong password', coded('28P01', 'password authentication failed for user "ann"')],
    ['a wrong password behind PgBouncer', coded('08P01', 'password authentication failed')],
    ['a database that is not there', coded('3D000', 'database "x" does not exist')],
    ['a database that PgBouncer does not have', coded('08P01', 'no such database: x')],
    ['missing rights', coded('42501')],
    ['no connection left', coded('53300')],
    ['a certificate that is not trusted', coded('SELF_SIGNED_CERT_IN_CHAIN')],
    ['no TLS', new Error('The server does not support SSL connections')],
    ['a pool that has ended', new Error('Cannot use a pool after calling end on the pool')],
  ])('and not with %s', (_, error) => {
    expect(isStarting(error)).toBe(false)
  })
})
