import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { hasProgram } from './launch.ts'

const ROOT = join(__dirname, '..')
const JARS = join(ROOT, '.jars')

/** The programs in Java, which are run from their source. */
export const JAVA = join(ROOT, 'java')

/** null: what runs on Java can be started here. */
export function missingJava(): string | null {
  if (!hasProgram('java') || !hasProgram('javac')) {
    return 'Java is not installed: apt-get install openjdk-17-jdk-headless (macOS: brew install openjdk)'
  }
  if (existsSync(JARS) || hasProgram('mvn')) return null
  return 'Maven is not installed: apt-get install maven (macOS: brew install maven)'
}

/** A class path with the jars of `java/pom.xml`, which Maven fetches the first time. */
export function classPath(): string {
  if (!existsSync(JARS)) fetchJars()
  return join(JARS, '*')
}

/** Into a folder of its own first: several test processes may fetch at once, and none shall see half of it. */
function fetchJars(): void {
  const folder = mkdtempSync(`${JARS}-`)
  try {
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
    const args = ['-q', '-B', '-f', join(JAVA, 'pom.xml'), goal, `-DoutputDirectory=${folder}`]
    const { status, stdout, stderr } = spawnSync('mvn', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`mvn could not fetch the jars of the stand-ins:\n${stdout}${stderr}`)
    moveUnlessThere(folder, JARS)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error
  }
}
