/**
 * The command line, for scripts that run it in their own process.
 *
 * @module @sessionbank/cli
 */

export { run } from './run.ts'
