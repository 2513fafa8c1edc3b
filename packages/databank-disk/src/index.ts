/**
 * The driver for a folder of this machine (LMDB).
 *
 * @module @sessionbank/databank-disk
 */

import { DiskDatabank } from './disk-databank.ts'

export { DiskDatabank } from './disk-databank.ts'
export type { DiskParams } from './options.ts'

DiskDatabank.register()
