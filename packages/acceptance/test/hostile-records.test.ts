import { memory } from '../src/banks.ts'
import { hostileRecords } from '../src/promises/hostile-records.ts'

hostileRecords(memory)
