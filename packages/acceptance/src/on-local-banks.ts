import { type BankUnderTest, disk, memory } from './banks.ts'

/** Makes promises on the banks that need no server. */
export function onLocalBanks(promise: (kind: BankUnderTest) => void): void {
  promise(memory)
  promise(disk)
}
