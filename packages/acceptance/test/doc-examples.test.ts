import { describeWith } from '@sessionbank/test-servers'
import { examples, runExamples, serverOf, typeErrorsIn } from '../src/doc-examples.ts'

describe('the examples in doc comments', () => {
  const all = examples()

  it('compile', async () => {
    expect(await typeErrorsIn(all)).toBe('')
  })

  for (const kind of new Set(all.map(serverOf))) {
    const some = all.filter((example) => serverOf(example) === kind)
    if (kind) describeWith(kind, (server) => it('run', () => runExamples(some, server().url)))
    else it('run without a server', () => runExamples(some))
  }
})
