import { onLocalBanks } from '../src/on-local-banks.ts'
import { sharedLogin } from '../src/promises/shared-login.ts'

onLocalBanks(sharedLogin)
