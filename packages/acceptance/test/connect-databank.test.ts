import { onLocalBanks } from '../src/on-local-banks.ts'
import { connectDatabank } from '../src/promises/connect-databank.ts'

onLocalBanks(connectDatabank)
