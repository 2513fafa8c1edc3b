import { AppFolder } from '../src/app-folder.ts'
import { deviceTests } from '../src/device-promises.ts'
import { FRAMEWORK_APPS, SOCKET_CLIENT } from '../src/frameworks.ts'
import { blocksOf } from '../src/page.ts'
import { socketTests } from '../src/socket-promises.ts'

describe.each(FRAMEWORK_APPS)('the app of $framework in $guide, unchanged,', (app) => {
  const folder = new AppFolder(app.files, app.compilerOptions)
  let url = ''

  beforeAll(async () => {
    url = await folder.start()
  })

  afterAll(() => folder.remove())

  it('compiles', () => {
    expect(folder.typeErrors()).toBe('')
  })

  deviceTests(() => url)
  if (app.guide === 'socket.io.md') {
    socketTests(() => url)

    it('answers the client in the guide as shown there', async () => {
      expect(await folder.run(SOCKET_CLIENT)).toBe(blocksOf(app.guide, 'text').at(-1)?.code)
    })

    it('serves the script that pages load', async () => {
      expect(await fetch(`${url}/socket.io/socket.io.js`)).toMatchObject({ status: 200 })
    })
  }

  it('prints no error', () => {
    expect(folder.errors).toBe('')
  })
})
