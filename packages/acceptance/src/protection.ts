import { randomBytes } from 'node:crypto'
import type { StoreOptions } from '@sessionbank/session-core'
import type { BankUnderTest } from './banks.ts'
import { documentedForm, plainForm, type StoredForm } from './documented-form.ts'

/** The options with which a copy of the bank opens no session. They can be passed as JSON. */
export interface Protection extends Pick<StoreOptions, 'hashIds' | 'encryption'> {
  hashIds: true | 'migrate'
  encryption: { keys: [string] }
}

/** Returns both options, with a new key. */
export function newProtection(): Protection {
  return { hashIds: true, encryption: { keys: [randomBytes(32).toString('base64')] } }
}

/** Returns the same bank, used with both options. */
export function withProtection(kind: BankUnderTest, framework = kind.framework): BankUnderTest {
  return { ...kind, name: `${kind.name}, hashed and sealed`, framework, protection: newProtection() }
}

/** Returns the form in which a bank stores sessions. */
export function formUnder(protection: Protection | undefined, hashesIds = true): StoredForm {
  return protection ? documentedForm(Buffer.from(protection.encryption.keys[0], 'base64'), hashesIds) : plainForm
}
