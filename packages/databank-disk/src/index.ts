import { DatabankBase } from '@sessionbank/databank-kit'
import { DiskDatabank } from './disk-databank.ts'

export { DiskDatabank } from './disk-databank.ts'
export type { DiskParams } from './options.ts'

DatabankBase.register('disk', DiskDatabank)
