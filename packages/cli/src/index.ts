/**
 * The command line, for a script that runs it within its own process.
 *
 * @module @sessionbank/cli
 */

export { run } from './run.ts'
