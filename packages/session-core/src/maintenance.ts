/**
 * The operations of the command line on all sessions of a bank: copy, import, rewrite. Not covered by semantic
 * versioning.
 *
 * @module @sessionbank/session-core/maintenance
 */

export { endByHandle } from './maintenance/end-by-handle.ts'
export { type ForeignSession, SessionImport } from './maintenance/import.ts'
export { assertIndexed, RecordTokens } from './maintenance/record-tokens.ts'
export { type RehashReport, rehash } from './maintenance/rehash.ts'
export { type ReindexReport, reindex } from './maintenance/reindex.ts'
export { eachRecord, sideBySide } from './maintenance/side-by-side.ts'
