import '../src/index.ts'
import { describeWith, postgres } from '@sessionbank/test-servers'

interface VowsResult {
  honored: number
  broken: number
  errored: number
}
type Suite = { run(options: object, onEnd: (result: VowsResult) => void): void }
const driverTest = require('databank-test').DriverTest as (driver: string, params: object) => Suite

const silent = { name: 'silent', report: () => {}, print: () => {}, setStream: () => {} }

describeWith(postgres, (server) => {
  it('passes databank’s own suite', async () => {
    const suite = driverTest('postgres', { url: server().url })
    const result = await new Promise<VowsResult>((resolve) => suite.run({ reporter: silent }, resolve))
    expect(result).toMatchObject({ broken: 0, errored: 0 })
    expect(result.honored).toBeGreaterThan(0)
  })
})
