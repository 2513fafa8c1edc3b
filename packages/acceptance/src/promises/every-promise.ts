import type { BankUnderTest } from '../banks.ts'
import { badInput } from './bad-input.ts'
import { basics } from './basics.ts'
import { connectDatabank } from './connect-databank.ts'
import { expiry } from './expiry.ts'
import { hostileClients } from './hostile-clients.ts'
import { logoutIsFinal } from './logout-is-final.ts'
import { noLeaks } from './no-leaks.ts'
import { nothingIsLost } from './nothing-is-lost.ts'
import { readersChangeNothing } from './readers-change-nothing.ts'
import { saveAndReload } from './save-and-reload.ts'
import { sharedLogin } from './shared-login.ts'

/** Some of the promises, for a bank that is tested in full with other settings. */
export function somePromises(kind: BankUnderTest): void {
  basics(kind)
  nothingIsLost(kind)
  readersChangeNothing(kind)
  expiry(kind)
}

/** All promises, on one bank. */
export function everyPromise(kind: BankUnderTest): void {
  basics(kind)
  nothingIsLost(kind)
  logoutIsFinal(kind)
  readersChangeNothing(kind)
  expiry(kind)
  sharedLogin(kind)
  hostileClients(kind)
  badInput(kind)
  saveAndReload(kind)
  // The following tests use their own frameworks.
  if (kind.onlyFramework) return
  // Sessions of connect-databank are under plain ids, which `hashIds` does not read: see bank-in-use.test.ts.
  if (!kind.protection) connectDatabank(kind)
  noLeaks(kind)
}
