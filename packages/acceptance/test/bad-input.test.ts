import { onLocalBanks } from '../src/on-local-banks.ts'
import { badInput } from '../src/promises/bad-input.ts'

onLocalBanks(badInput)
