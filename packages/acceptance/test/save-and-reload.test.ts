import { onLocalBanks } from '../src/on-local-banks.ts'
import { saveAndReload } from '../src/promises/save-and-reload.ts'

onLocalBanks(saveAndReload)
