import { onLocalBanks } from '../src/on-local-banks.ts'
import { readersChangeNothing } from '../src/promises/readers-change-nothing.ts'

onLocalBanks(readersChangeNothing)
