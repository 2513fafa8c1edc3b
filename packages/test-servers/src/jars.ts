import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { hasProgram } from './launch.ts'

const ROOT = join(__dirname, '..')
const JARS = join(ROOT, '.jars')

const JAVA = join(ROOT, 'java')
const PROGRAMS = ['MongodbStandIn', 'CouchbaseStandIn'].map((name) => join(JAVA, `${name}.java`))

/** Returns null if Java programs can be started, else what to install. */
export function missingJava(): string | null {
  if (!hasProgram('java') || !hasProgram('javac')) {
    return 'Java is not installed: apt-get install openjdk-17-jdk-headless (macOS: brew install openjdk)'
  }
  if (existsSync(JARS) || hasProgram('mvn')) return null
  return 'Maven is not installed: apt-get install maven (macOS: brew install maven)'
}

/**
 * Returns the arguments for `java` that start a program of `java/`. The first call fetches the jars of `java/pom.xml`
 * with Maven and compiles the programs. The options make programs start fast, at the cost of their later speed.
 */
export function javaArguments(program: string, ...args: string[]): string[] {
  const quickStart = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
  return [...quickStart, '-cp', `${join(JARS, '*')}:${classes()}`, program, ...args]
}

/** Returns the folder of the compiled programs. Changed sources get a new folder. */
export function classes(): string {
  if (!existsSync(JARS)) fetchJars()
  const hash = createHash('sha256')
  for (const file of PROGRAMS) hash.update(readFileSync(file))
  const folder = join(JARS, hash.digest('hex').slice(0, 16))
  if (!existsSync(folder)) {
    fill(folder, (part) => run('javac', ['-cp', join(JARS, '*'), '-d', part, ...PROGRAMS]))
  }
  return folder
}

function fetchJars(): void {
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
  const args = ['-q', '-B', '-f', join(JAVA, 'pom.xml'), goal]
  fill(JARS, (part) => run('mvn', [...args, `-DoutputDirectory=${part}`]))
}

function run(command: string, args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed for the stand-ins:\n${stdout}${stderr}`)
}

/** Fills a temporary folder, then renames it, because several test processes may do so at once. */
function fill(folder: string, make: (part: string) => void): void {
  const part = mkdtempSync(`${folder}-`)
  try {
    make(part)
    moveUnlessThere(part, folder)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error
  }
}
