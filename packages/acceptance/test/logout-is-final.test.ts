import { onLocalBanks } from '../src/on-local-banks.ts'
import { logoutIsFinal } from '../src/promises/logout-is-final.ts'

onLocalBanks(logoutIsFinal)
