import { onLocalBanks } from '../src/on-local-banks.ts'
import { hostileClients } from '../src/promises/hostile-clients.ts'

onLocalBanks(hostileClients)
