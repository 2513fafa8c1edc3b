import { join } from 'node:path'
import ts from 'typescript-5.9'

/** An unsaved module of an app, with the cursor at `|CURSOR|`. */
const FILE = join(__dirname, '../apps/unsaved.mts')
const APP = `
  import { type Bank, DatabankStore } from '@sessionbank/express-databank-store'
  interface Session { user?: { id: number; role: 'admin' | 'user'; tags: string[] } | null; visits: number; cart: object }
  declare const bank: Bank
  const store = new DatabankStore<Session>(bank)
  `

/** Returns the completions at the cursor. */
function offered(line: string): string[] {
  const [before = '', after = ''] = (APP + line).split('|CURSOR|')
  const host: ts.LanguageServiceHost = {
    fileExists: (name) => name === FILE || ts.sys.fileExists(name),
    readFile: (name) => (name === FILE ? before + after : ts.sys.readFile(name)),
    getScriptFileNames: () => [FILE],
    getScriptVersion: () => '1',
    getScriptSnapshot(name) {
      const text = this.readFile(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => join(__dirname, '..'),
    getCompilationSettings: () => ({ strict: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022 }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  }
  const completions = ts.createLanguageService(host).getCompletionsAtPosition(FILE, before.length, {})
  return (completions?.entries ?? []).map(({ name }) => name.replaceAll('"', '')).filter((name) => name !== '')
}

// A compiler may be slow on a busy machine.
jest.setTimeout(600_000)

describe('an editor', () => {
  it.each(['find', 'destroyWhere'])('suggests the fields of two levels for the criteria of %s', (method) => {
    expect(offered(`store.${method}({ '|CURSOR|' })`).sort()).toEqual(['user', 'user.id', 'user.role', 'visits'])
  })

  it('suggests the possible values of a field', () => {
    expect(offered(`store.find({ 'user.role': '|CURSOR|' })`).sort()).toEqual(['admin', 'user'])
  })
})
