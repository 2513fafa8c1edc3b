/**
 * The driver for the memory of the process.
 *
 * @module @sessionbank/databank-memory
 */

import { MemoryDatabank } from './memory-databank.ts'

export { MemoryDatabank } from './memory-databank.ts'
export type { MemoryParams } from './options.ts'

MemoryDatabank.register()
