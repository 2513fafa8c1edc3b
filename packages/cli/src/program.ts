import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { backup } from './commands/backup.ts'
import { check } from './commands/check.ts'
import { cleanup } from './commands/cleanup.ts'
import { copy } from './commands/copy.ts'
import { importFrom, KINDS } from './commands/import.ts'
import { list } from './commands/list.ts'
import { revoke } from './commands/revoke.ts'
import { rehash, reindex } from './commands/rewrite.ts'
import { show } from './commands/show.ts'
import { stats } from './commands/stats.ts'
import type { Terminal } from './terminal.ts'
import { addCriterion } from './where.ts'

const URLS =
  'disk:./folder, redis://…, postgres://…, mongodb://…, couchbase://…, or env:NAME to read it from the environment'
const EXIT_CODES = 'Exit codes: 0 done, 1 the bank failed or not everything was done, 2 the command is wrong.\n'
const WHERE = 'sessions whose field has this value: a number, true, false, null or "a string"; may be repeated'

/**
 * Builds the commands.
 *
 * @param onEnd called with the exit code
 */
export function makeProgram(terminal: Terminal, onEnd: (code: number) => void): Command {
  const program = new Command('sessionbank')
    .description('List, end, move and check the sessions of a Sessionbank store.')
    .version(ownVersion())
    .exitOverride()
    .configureOutput({
      // Commander's own message has two lines; `run` writes one.
      outputError() {},
      getOutHasColors: () => terminal.colors.isColorSupported,
      getErrHasColors: () => terminal.noteColors.isColorSupported,
    })
    .configureHelp({
      styleTitle: (title) => terminal.colors.bold(title),
      styleCommandText: (text) => terminal.colors.cyan(text),
      styleOptionText: (text) => terminal.colors.cyan(text),
    })
    .addHelpText(
      'after',
      `${examples('sessionbank stats disk:./sessions', 'sessionbank list redis://localhost --where user.id=7')}\n${EXIT_CODES}`,
    )

  const end = async (code: Promise<number>) => onEnd(await code)

  /** Adds a command that takes the URL of a bank. */
  function command(words: string, description: string, ...lines: string[]): Command {
    return program
      .command(words)
      .description(description)
      .option('--options <file>', 'JSON or a module with the app’s options: type, hashIds, encryption, schema')
      .option('--type <type>', 'the databank type of the sessions (default: "session")')
      .addHelpText(
        'after',
        `
URLs: ${URLS}
${examples(...lines)}`,
      )
  }
  const where = () => new Option('--where <field=value>', WHERE).argParser(addCriterion)

  command(
    'stats <url>',
    'Count the sessions, their ages and sizes.',
    'sessionbank stats disk:./sessions',
    'sessionbank stats env:SESSIONBANK_URL --json',
  )
    .option('--json', 'one JSON object')
    .action((url, flags) => end(stats(terminal, url, flags)))

  command(
    'list <url>',
    'List the live sessions with their handles, one per line.',
    'sessionbank list disk:./sessions --where user.id=7',
    `sessionbank list redis://localhost --where 'user.name="ann"' --json`,
  )
    .addOption(where())
    .option('--json', 'one JSON object per line, with the content')
    .option('--full-ids', 'show session ids; an id opens its session')
    .action((url, flags) => end(list(terminal, url, flags)))

  command(
    'show <url> <handle>',
    'Show one session with its content.',
    'sessionbank show disk:./sessions q83vEjRWeJASNFZ4kKvN7w',
  )
    .option('--json', 'one JSON object')
    .option('--full-ids', 'show the session id, which opens the session')
    .action((url, handle, flags) => end(show(terminal, url, handle, flags)))

  command(
    'revoke <url>',
    'End sessions: log users out. Asks first.',
    'sessionbank revoke disk:./sessions --where user.id=7',
    'sessionbank revoke redis://localhost --handle q83vEjRWeJASNFZ4kKvN7w --yes',
  )
    .addOption(where())
    .option('--handle <handle>', 'the session with this handle; may be repeated', collected)
    .option('--yes', 'do not ask')
    .action((url, flags) => end(revoke(terminal, url, flags)))

  command(
    'cleanup <url>',
    'Remove expired sessions. For a cron job, if no process of the app runs long enough to do it.',
    'sessionbank cleanup disk:./sessions',
  )
    .option('--json', 'one JSON object')
    .action((url, flags) => end(cleanup(terminal, url, flags)))

  command(
    'check <url>',
    'Check that the bank can be reached, may be written, and changes records atomically.',
    'sessionbank check postgres://app@localhost/app --type session',
  ).action((url, flags) => end(check(terminal, url, flags)))

  command(
    'backup <url> <folder>',
    'Copy a disk bank into a new or empty folder while it is in use.',
    'sessionbank backup disk:./sessions ./backups/monday',
  ).action((url, folder, flags) => end(backup(terminal, url, folder, flags)))

  command(
    'reindex <url>',
    'Rewrite each session, into new indexes and sealed with the newest key. The app may run.',
    'sessionbank reindex disk:./sessions --options session-options.mjs',
  ).action((url, flags) => end(reindex(terminal, url, flags)))

  command(
    'rehash <url>',
    'Store each session under the hash of its id. The app must be stopped.',
    'sessionbank rehash disk:./sessions --options session-options.mjs',
  )
    .option('--yes', 'do not ask whether the app is stopped')
    .action((url, flags) => end(rehash(terminal, url, flags)))

  command(
    'copy <from> <to>',
    'Copy all sessions into another bank, with their expiries. The app may run, except with --final.',
    'sessionbank copy disk:./sessions redis://localhost',
    'sessionbank copy disk:./sessions redis://localhost --final',
  )
    .option('--final', 'compare every session and make the target exact; stop the app first')
    .option('--to-type <type>', 'the type in the target (default: that of the source)')
    .option(
      '--journal <folder>',
      'notes what was copied (default: a folder sessionbank-copy-… in the working directory)',
    )
    .action((from, to, flags) => end(copy(terminal, from, to, flags)))

  command(
    'import <kind> <from> <to>',
    `Import the sessions of another store into a bank. Kinds: ${KINDS.join(', ')}.`,
    'sessionbank import connect-redis redis://localhost disk:./sessions --prefix myapp:',
    'sessionbank import session-file-store ./sessions redis://localhost --ttl 3600',
  )
    .option('--prefix <text>', 'connect-redis, koa-redis: the prefix of the keys (default: "sess:" and "")')
    .option(
      '--collection <name>',
      'connect-mongo, databank-mongodb: the collection (default: "sessions" and "session")',
    )
    .option('--table <name>', 'connect-pg-simple: the table, or schema.table (default: "session")')
    .option('--ttl <seconds>', 'session-file-store: its option ttl (default: 3600)')
    .option('--from-type <type>', 'databank-disk: the old type (default: "session")')
    .option('--full-ids', 'show the ids of damaged sessions')
    .action((kind, from, to, flags) => end(importFrom(terminal, kind, from, to, flags)))

  return program
}

function ownVersion(): string {
  return JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')).version
}

function collected(value: string, before: string[] = []): string[] {
  return [...before, value]
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`
}
