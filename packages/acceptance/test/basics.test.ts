import { onLocalBanks } from '../src/on-local-banks.ts'
import { basics } from '../src/promises/basics.ts'

onLocalBanks(basics)
