import { BREAKS, openBroken, type Tables } from './breaks.ts'
import { promisesOf } from './collecting-runner.ts'

const noticed = new Set<string>()

function suiteOn(how: Parameters<typeof openBroken>[0]) {
  const tables: Tables = new Map()
  return promisesOf({ name: 'a broken driver', connect: (schema) => openBroken(how, schema, tables) })
}

describe('the conformance suite notices a driver that', () => {
  it.concurrent.each(Object.entries(BREAKS))(
    '%s',
    async (_, how) => {
      const { broken } = await suiteOn(how)

      expect(broken).toContain(how.noticedBy)
      for (const promise of broken) noticed.add(promise)
    },
    600_000,
  )
})

it('the conformance suite passes for the unbroken driver, and each of its tests fails for some break', async () => {
  const { kept, broken } = await suiteOn({ noticedBy: '' })

  expect(broken).toEqual([])
  expect(kept.filter((promise) => !noticed.has(promise))).toEqual([])
})
