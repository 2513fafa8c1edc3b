export { MemoryDatabank, type MemoryParams } from './index.ts'
