import { isStarting } from '../src/failures.ts'

const coded = (code: string, message = '') => Object.assign(new Error(message), { code })

describe('a connection error', () => {
  it.each([
    ['the server is starting up', coded('57P03', 'the database system is starting up')],
    ['the server is shutting down', coded('57P01', 'terminating connection due to administrator command')],
    ['nothing listens', coded('ECONNREFUSED')],
    ['the socket is missing', coded('ENOENT')],
    ['the host has no address', coded('ENOTFOUND')],
    ['the server closes the connection', new Error('Connection terminated unexpectedly')],
    ['the pool returned no connection within its timeout', new Error('timeout exceeded when trying to connect')],
    ['PgBouncer cannot reach the server', coded('08P01', 'server login has been failing, try again later')],
  ])('is transient if %s', (_, error) => {
    expect(isStarting(error)).toBe(true)
  })

  it.each([
    ['a wrong password', coded('28P01', 'password authentication failed for user "ann"')],
    ['a wrong password behind PgBouncer', coded('08P01', 'password authentication failed')],
    ['a missing database', coded('3D000', 'database "x" does not exist')],
    ['a database unknown to PgBouncer', coded('08P01', 'no such database: x')],
    ['missing rights', coded('42501')],
    ['too many connections', coded('53300')],
    ['an untrusted certificate', coded('SELF_SIGNED_CERT_IN_CHAIN')],
    ['a server without TLS', new Error('The server does not support SSL connections')],
    ['an ended pool', new Error('Cannot use a pool after calling end on the pool')],
  ])('is not transient for %s', (_, error) => {
    expect(isStarting(error)).toBe(false)
  })
})
