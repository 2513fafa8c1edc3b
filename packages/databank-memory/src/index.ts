import { DatabankBase } from '@sessionbank/databank-kit'
import { MemoryDatabank } from './memory-databank.ts'

export { MemoryDatabank } from './memory-databank.ts'
export type { MemoryParams } from './options.ts'

// Databank takes "memory" for its own driver, and never asks its registry for it.
DatabankBase.register('sessionbank-memory', MemoryDatabank)
