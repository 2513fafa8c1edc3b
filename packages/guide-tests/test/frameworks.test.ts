import { AppFolder } from '../src/app-folder.ts'
import { deviceTests } from '../src/device-promises.ts'
import { FRAMEWORK_APPS } from '../src/frameworks.ts'
import { socketTests } from '../src/socket-promises.ts'

describe.each(FRAMEWORK_APPS)('the app of $framework in $guide, to the letter,', (app) => {
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
  if (app.guide === 'socket.io.md') socketTests(() => url)

  it('prints no error meanwhile', () => {
    expect(folder.errors).toBe('')
  })
})
