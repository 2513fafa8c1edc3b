import { describeWith, type TestServer } from '@sessionbank/test-servers'
import { AppFolder } from '../src/app-folder.ts'
import { appsOn, BANK_GUIDES, type BankGuide } from '../src/banks.ts'
import { deviceTests } from '../src/device-promises.ts'
import { blocksOf } from '../src/page.ts'

describe('the app of express.md', () => {
  for (const bank of BANK_GUIDES) {
    if (bank.server) describeWith(bank.server, (server) => appTests(bank, server))
    else appTests(bank)
  }
})

function appTests(bank: BankGuide, server?: () => TestServer): void {
  const openings = blocksOf(bank.guide, 'ts')
  describe.each(openings.map((_, index) => index))(
    `on the bank of ${bank.guide}, opened as in its snippet %i,`,
    (index) => {
      let folder: AppFolder
      let url = ''

      beforeAll(async () => {
        folder = new AppFolder(appsOn(bank, server?.().url ?? '')[index] ?? [])
        url = await folder.start()
      })

      afterAll(() => folder?.remove())

      deviceTests(() => url)

      it('prints no error', () => {
        expect(folder.errors).toBe('')
      })
    },
  )
}
