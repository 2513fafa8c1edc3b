import { onLocalBanks } from '../src/on-local-banks.ts'
import { nothingIsLost } from '../src/promises/nothing-is-lost.ts'

onLocalBanks(nothingIsLost)
