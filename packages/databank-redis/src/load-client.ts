import { type LoadedClient, loadClient } from '@sessionbank/databank-kit'

export type LibraryName = 'redis' | 'ioredis'

/** Loads the library that is wanted, else the faster one of this driver's benchmarks that is installed. */
export function loadLibrary(wanted?: LibraryName): LoadedClient<Record<string, unknown>> {
  return loadClient(wanted ? [wanted] : ['redis', 'ioredis'], __filename)
}
