import { onLocalBanks } from '../src/on-local-banks.ts'
import { expiry } from '../src/promises/expiry.ts'

onLocalBanks(expiry)
