import { ConnectError, InvalidOptionError, type Opening, openWithin } from '../src/index.ts'

const TIMEOUT = 200

function refusalOf(opening: Partial<Opening<string>>): Promise<Error> {
  const failureOf = (error: unknown) => ({
    outcome: 'refused' as const,
    message: 'refused',
    isTransient: (error as { code?: string }).code === 'STARTING',
  })
  const whole = {
    database: 'the database',
    timeout: TIMEOUT,
    failureOf,
    open: async () => 'open',
    close: async () => {},
    server: () => 'X at host:1',
    ...opening,
  }
  return openWithin(whole).then(
    () => Promise.reject(new Error('it opened')),
    (error) => error,
  )
}

const failing = (error: object) => async () => {
  throw error
}
const coded = (code: string) => Object.assign(new Error('s3cret'), { code })

describe('a bank that cannot be opened', () => {
  it('says that there was no answer, and after how long', async () => {
    const expected = {
      code: 'SESSIONBANK_CONNECT_FAILED',
      message: expect.stringContaining('no answer from X at host:1'),
    }
    const silent = await refusalOf({ open: () => new Promise(() => {}) })
    expect(silent).toMatchObject(expected)
    expect(silent.message).toContain(`within ${TIMEOUT} ms`)
    const late = await refusalOf({
      open: async (call) => {
        throw call.timedOut()
      },
    })
    expect(late).toMatchObject(expected)
  })

  it('says that there was no answer if the client reports this with an error of its own', async () => {
    const { message } = await refusalOf({ open: failing(coded('LATE')), adviceOn: () => null })
    expect(message).toMatch(/^no answer from X at host:1 within \d+ ms: check/)
  })

  it("says what to check: the driver's advice, else advice on the system's code, else the code", async () => {
    const open = failing(coded('ECONNREFUSED'))
    expect((await refusalOf({ open, adviceOn: () => 'it sleeps: wake it' })).message).toBe(
      'cannot open X at host:1: it sleeps: wake it',
    )
    expect((await refusalOf({ open, adviceOn: () => undefined })).message).toContain('nothing listens there')
    expect((await refusalOf({ open: failing(coded('EODD')) })).message).toContain('Error EODD: check')
  })

  it('is closed before its caller gets the error', async () => {
    let isClosed = false
    const close = async () => {
      await new Promise(setImmediate)
      isClosed = true
    }
    await refusalOf({ open: failing(coded('EODD')), close })
    expect(isClosed).toBe(true)
  })

  it('is closed again if it opens after its deadline', async () => {
    let open = () => {}
    let closed = 0
    await refusalOf({
      open: () => new Promise((resolve) => (open = () => resolve('open'))),
      close: async () => void closed++,
    })
    expect(closed).toBe(1)
    open()
    await new Promise(setImmediate)
    expect(closed).toBe(2)
  })

  it('passes on a BankError unchanged', async () => {
    const error = new InvalidOptionError('`max` is too large')
    expect(await refusalOf({ open: failing(error) })).toBe(error)
    expect(await refusalOf({ open: failing(new ConnectError('none')) })).toMatchObject({ message: 'none' })
  })

  it('is opened again while the failure is transient', async () => {
    let attempts = 0
    const open = async () => {
      throw coded(++attempts === 1 ? 'STARTING' : 'EODD')
    }
    expect((await refusalOf({ open, timeout: 600_000 })).message).toContain('EODD')
    expect(attempts).toBe(2)
  })

  it('fails with the error of the last attempt if there is no time for another one', async () => {
    expect((await refusalOf({ open: failing(coded('STARTING')) })).message).toContain('STARTING')
  })

  it('fails with the error of the last attempt that had an answer', async () => {
    let attempts = 0
    const open = () => (++attempts === 1 ? Promise.reject(coded('STARTING')) : new Promise<string>(() => {}))
    expect((await refusalOf({ open, timeout: 2_000 })).message).toContain('STARTING')
    expect(attempts).toBe(2)
  })

  it.each(['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND', 'ETIMEDOUT'])(
    'fails with a transient error if the code means that a server is not up (%s)',
    async (code) => {
      expect(await refusalOf({ open: failing(coded(code)) })).toMatchObject({ isTransient: true })
    },
  )

  it('fails with a transient error if there was no answer', async () => {
    expect(await refusalOf({ open: () => new Promise(() => {}) })).toMatchObject({ isTransient: true })
    const late = { open: failing(coded('LATE')), adviceOn: () => null }
    expect(await refusalOf(late)).toMatchObject({ isTransient: true })
  })

  it.each(['EODD', 'EACCES', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'fails with an error that is not transient for any other code (%s)',
    async (code) => {
      expect(await refusalOf({ open: failing(coded(code)) })).toMatchObject({ isTransient: false })
    },
  )

  it('lets the driver decide whether the error is transient', async () => {
    const isTransient = (error: unknown) => (error as { code: string }).code === 'EODD'
    expect(await refusalOf({ open: failing(coded('EODD')), isTransient })).toMatchObject({ isTransient: true })
    expect(await refusalOf({ open: failing(coded('ECONNREFUSED')), isTransient })).toMatchObject({ isTransient: false })
  })

  it("hides the client's error except for the code and the safe fields", async () => {
    const open = failing(Object.assign(coded('EODD'), { severity: 'FATAL', detail: 's3cret' }))
    const { message, cause } = await refusalOf({ open, safeFields: ['severity'] })
    expect(cause).toMatchObject({ severity: 'FATAL' })
    expect(message + JSON.stringify(cause)).not.toContain('s3cret')
  })
})
