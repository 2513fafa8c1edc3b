import { BankTimeoutError } from '@sessionbank/databank-kit'
import { connectError } from '../src/connect-error.ts'

const isTransient = (error: Error, isConnected = false) =>
  connectError(error, { address: null, isConnected, waited: 100 }).isTransient
const coded = (code: string) => Object.assign(new Error('failed'), { code })

describe('a connection error', () => {
  it.each([
    ['Redis is loading its data', new Error('LOADING Redis is loading the dataset in memory'), true],
    ['a slot of the cluster has no master', new Error('CLUSTERDOWN The cluster is down'), true],
    ['a replica has lost its master', new Error('MASTERDOWN Link with MASTER is down'), true],
    ['nothing listens', coded('ECONNREFUSED'), false],
    ['the host has no address', coded('EAI_AGAIN'), false],
    ['the server closes the connection', new Error('Socket closed unexpectedly'), false],
    ['the server does not answer', new BankTimeoutError(100), false],
    ['the server accepts the connection but does not answer', new BankTimeoutError(100), true],
    ['the Sentinels know no master', new Error('no valid master node'), false],
  ])('is transient if %s', (_, error, isConnected) => {
    expect(isTransient(error, isConnected)).toBe(true)
  })

  it.each([
    ['a wrong password', new Error('WRONGPASS invalid username-password pair or user is disabled.')],
    ['a missing password', new Error('NOAUTH Authentication required.')],
    ['missing rights', new Error('NOPERM User ann has no permissions to run the command')],
    ['a missing database', new Error('ERR DB index is out of range')],
    ['a node of a cluster', new Error('MOVED 1 127.0.0.1:7000')],
    ['an expired certificate', coded('CERT_HAS_EXPIRED')],
    ['another kind of server', new Error('Unknown RESP type 72 "H"')],
  ])('is not transient for %s', (_, error) => {
    expect(isTransient(error)).toBe(false)
  })
})
