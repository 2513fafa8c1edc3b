import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KINDS } from '../src/commands/import.ts'
import { makeProgram } from '../src/program.ts'
import { Terminal } from '../src/terminal.ts'
import { EXIT } from '../src/user-error.ts'

const PAGE = readFileSync(join(__dirname, '../../../docs/cli.md'), 'utf8')
const COMMANDS = makeProgram(new Terminal(), () => {}).commands
/** These flags are described once, in the section "The app's options". */
const OF_ALL = ['--options', '--type']

/** Returns the row of the page's table of commands. */
function rowOf(name: string): string {
  return PAGE.split('\n').find((line) => line.startsWith(`| \`${name}`)) ?? ''
}

describe('docs/cli.md', () => {
  it.each(COMMANDS.map((command) => [command.name(), command] as const))(
    'has %s and its arguments',
    (name, command) => {
      const args = command.registeredArguments.map((argument) => ` <${argument.name()}>`)
      expect(rowOf(name)).toContain(`| \`${name}${args.join('')}\``)
    },
  )

  it.each(
    COMMANDS.filter((command) => command.name() !== 'import').map((command) => [command.name(), command] as const),
  )('has the flags of %s', (name, command) => {
    const flags = command.options.map(({ long }) => long as string).filter((flag) => !OF_ALL.includes(flag))
    const [, , cell = ''] = rowOf(name).split('|')
    expect([...cell.matchAll(/--[\w-]+/g)].map(([flag]) => flag)).toEqual(flags)
  })

  it('has the kinds of an import, and their flags', () => {
    const section = PAGE.split('## From another store')[1] ?? ''
    const kinds = Array.from(section.matchAll(/^\| `([\w-]+)`/gm), ([, kind]) => kind as string)
    expect(kinds.sort()).toEqual([...KINDS].sort())
    const flags =
      COMMANDS.find((command) => command.name() === 'import')?.options.map(({ long }) => long as string) ?? []
    expect(flags.filter((flag) => !PAGE.includes(`\`${flag}`))).toEqual([])
  })

  it('has the exit codes', () => {
    const [, table = ''] = PAGE.split('| exit code |')
    const codes = Array.from(table.split('\n\n')[0]?.matchAll(/^\| (\d) \|/gm) ?? [], ([, code]) => Number(code))
    expect(codes).toEqual(Object.values(EXIT).sort())
  })
})
