import { MemoryDatabank } from './memory-databank.ts'

export { MemoryDatabank } from './memory-databank.ts'
export type { MemoryParams } from './options.ts'

MemoryDatabank.register()
