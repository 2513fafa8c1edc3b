import { DatabankBase } from '@sessionbank/databank-kit'
import { DiskDatabank } from './disk-databank.ts'

export { DiskDatabank, type DiskParams } from './disk-databank.ts'

DatabankBase.register('disk', DiskDatabank)
