import { type BankUnderTest, disk, memory } from './banks.ts'

/** Runs tests on the banks that need no server. */
export function onLocalBanks(promise: (kind: BankUnderTest) => void): void {
  promise(memory)
  promise(disk)
}
