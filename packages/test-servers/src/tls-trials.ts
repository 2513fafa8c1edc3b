import * as assert from 'node:assert/strict'
import type { Authority } from './certificates.ts'
import type { CertificateFault, TlsServer } from './tls-server.ts'

/** Longer than a test may take, in ms, so that retrying a fault until the timeout fails the test. */
const NEVER = 600_000

/** The common options of drivers with TLS. */
export interface TlsParams {
  url?: string
  tls?: { ca?: string | Uint8Array | readonly (string | Uint8Array)[]; servername?: string }
  timeout?: number
}

/** The part of a bank that is tested. */
export interface TrialBank {
  records(type: string): {
    read(id: string): Promise<{ json: string } | null>
    write(id: string, json: string, options: { expires: null }): Promise<unknown>
  }
}

/** Opens and closes the banks of a driver, and checks its errors. */
export interface TlsTrial<Params extends TlsParams, Bank extends TrialBank> {
  open(params: Params): Promise<Bank>
  close(bank: Bank): Promise<void>
  /** Throws if an error shows one of these texts. */
  assertHides(error: unknown, ...secrets: string[]): void
  /** The password of the test. Like keys and certificates, it must not appear in errors. */
  password: string
}

/** Tests the TLS options of a driver. */
export class TlsTrials<Params extends TlsParams, Bank extends TrialBank> {
  readonly #driver: TlsTrial<Params, Bank>

  constructor(driver: TlsTrial<Params, Bank>) {
    this.#driver = driver
  }

  /** Opens a bank, writes a record and reads it. */
  async works(params: Params): Promise<void> {
    const bank = await this.#driver.open(params)
    const records = bank.records('session')
    await records.write('a', '{"n":1}', { expires: null })
    assert.equal((await records.read('a'))?.json, '{"n":1}')
    await this.#driver.close(bank)
  }

  /** Returns the error of opening a bank. */
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

  /** Expects the driver to check that the server's certificate has the name `tls.servername`. */
  async checksName(server: TlsServer, params: Params): Promise<void> {
    const { authority } = server
    const asking = (servername: string): Params => ({ ...params, tls: { ca: authority.ca, servername } })
    await server.present({ certificate: authority.issue({ name: 'DNS:bank.example' }) })
    await this.works(asking('bank.example'))
    assert.match((await this.refusal(asking('other.example'))).message, /certificate is of another host/)
    await server.present({ certificate: authority.issue() })
  }

  /**
   * Expects the driver to reject a server with this fault at once, and to name the fault and the server.
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
