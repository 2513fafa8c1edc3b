export { DiskDatabank, type DiskParams } from './index.ts'
