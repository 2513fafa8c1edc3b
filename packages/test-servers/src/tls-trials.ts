import * as assert from 'node:assert/strict'
import type { Authority } from './certificates.ts'
import type { CertificateFault, TlsServer } from './tls-server.ts'

/** More than a test may take: a fault that is tried again until the end fails the test. */
const NEVER = 600_000

/** What the params of all drivers that speak TLS have. */
export interface TlsParams {
  url?: string
  tls?: { ca?: string | Uint8Array | readonly (string | Uint8Array)[]; servername?: string }
  timeout?: number
}

/** What is tried of a bank. */
export interface TrialBank {
  records(type: string): {
    read(id: string): Promise<{ json: string } | null>
    write(id: string, json: string, options: { expires: null }): Promise<unknown>
  }
}

/** How the banks of a driver are opened, closed, and refused. */
export interface TlsTrial<Params extends TlsParams, Bank extends TrialBank> {
  open(params: Params): Promise<Bank>
  close(bank: Bank): Promise<void>
  /** Throws if an error shows one of these texts. */
  assertHides(error: unknown, ...secrets: string[]): void
  /** Passwords of the test: like keys and certificates, no error may show them. */
  password: string
}

/** Tries the params of a driver for TLS. */
export class TlsTrials<Params extends TlsParams, Bank extends TrialBank> {
  readonly #driver: TlsTrial<Params, Bank>

  constructor(driver: TlsTrial<Params, Bank>) {
    this.#driver = driver
  }

  /** Opens a bank, and reads there what it wrote. */
  async works(params: Params): Promise<void> {
    const bank = await this.#driver.open(params)
    const records = bank.records('session')
    await records.write('a', '{"n":1}', { expires: null })
    assert.equal((await records.read('a'))?.json, '{"n":1}')
    await this.#driver.close(bank)
  }

  /** Returns the error with which a bank is refused. */
  async refusal(params: Params): Promise<Error & { code: string }> {
    const { open, close, assertHides, password } = this.#driver
    const error = await open(params).then(
      async (bank) => {
        await close(bank)
        throw new Error('it connected')
      },
      (error) => error,
    )
    assertHides(error, password, 'PRIVATE KEY', 'CERTIFICATE---')
    return error
  }

  /** Expects the driver to check the name in the server's certificate that `tls.servername` asks for. */
  async checksName(server: TlsServer, params: Params): Promise<void> {
    const { authority } = server
    const asking = (servername: string): Params => ({ ...params, tls: { ca: authority.ca, servername } })
    await server.present({ certificate: authority.issue({ name: 'DNS:bank.example' }) })
    await this.works(asking('bank.example'))
    assert.match((await this.refusal(asking('other.example'))).message, /certificate is of another host/)
    await server.present({ certificate: authority.issue() })
  }

  /**
   * Expects the driver to refuse a server with this fault at once, and to name the fault and the server.
   *
   * @param paramsOf returns the ways to trust an authority
   */
  async namesFault(
    server: TlsServer,
    { wantsClientCertificate = false, ...fault }: CertificateFault,
    { stranger, paramsOf }: { stranger: Authority; paramsOf(trusted: Authority): Params[] },
  ): Promise<void> {
    const { authority, port } = server
    await server.present({ certificate: authority.issue(fault), wantsClientCertificate })
    for (const params of paramsOf(fault.isStranger ? stranger : authority)) {
      const { code, message } = await this.refusal({ timeout: NEVER, ...params })
      assert.equal(code, 'SESSIONBANK_CONNECT_FAILED')
      assert.match(message, fault.says)
      assert.ok(message.includes(`127.0.0.1:${port}`), message)
    }
    await server.present({ certificate: authority.issue() })
  }
}
