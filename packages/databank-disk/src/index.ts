import { DiskDatabank } from './disk-databank.ts'

export { DiskDatabank } from './disk-databank.ts'
export type { DiskParams } from './options.ts'

DiskDatabank.register()
