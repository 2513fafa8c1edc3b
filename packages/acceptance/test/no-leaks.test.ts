import { onLocalBanks } from '../src/on-local-banks.ts'
import { noLeaks } from '../src/promises/no-leaks.ts'

onLocalBanks(noLeaks)
