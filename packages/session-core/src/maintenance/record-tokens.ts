import { type StoredRecord, type Tokens, tokensOf, valueIn } from '@sessionbank/databank-kit'
import type { Bank } from '../bank.ts'
import { InvalidOptionError, UnreadableRecordError } from '../errors.ts'
import { explained } from '../explain-bank-error.ts'
import type { StoreOptions } from '../options.ts'
import { isSealed } from '../sealed-form.ts'
import { isObject } from '../session-record.ts'
import { coverageOf, maintained } from './maintained.ts'

/**
 * The index tokens of records that are copied into a bank unchanged. Those of a sealed record are calculated from its
 * content, so the keys are needed if the bank has an index.
 */
export class RecordTokens {
  readonly #context: ReturnType<typeof maintained>['context']

  /** @throws InvalidOptionError for the same reasons as a store */
  constructor(bank: Bank, options: StoreOptions = {}) {
    this.#context = maintained(bank, options).context
  }

  /**
   * Returns the tokens of a record; undefined if the bank has no index.
   *
   * @throws UnreadableRecordError if it is sealed and cannot be opened
   */
  of(id: string, stored: StoredRecord): Tokens | undefined {
    const { indices, seal } = this.#context
    if (indices.length === 0) return undefined
    const value = valueIn(stored)
    if (!isObject(value) || !isSealed(value)) return tokensOf(value, indices)
    if (!seal) throw new UnreadableRecordError('noKeys')
    const { json, sealedBy } = seal.open(id, stored)
    return seal.tokens(json, indices, sealedBy)
  }
}

/**
 * Checks that the schema contains every index in which the bank has all of its records. A session that is written
 * without such an index would not be found by "log out everywhere".
 *
 * @throws InvalidOptionError naming the missing fields
 */
export async function assertIndexed(bank: Bank, options: StoreOptions = {}): Promise<void> {
  const { context } = maintained(bank, options)
  const missing = (await explained(coverageOf(context).wholeFields())).filter(
    (field) => !context.indices.includes(field),
  )
  if (missing.length === 0) return
  const fields = missing.map((field) => JSON.stringify(field)).join(', ')
  const { type } = context.settings
  throw new InvalidOptionError(
    `the bank has an index of ${fields}, and new sessions would be missing from it: open the bank with ` +
      `{"schema": {"${type}": {"pkey": "sid", "indices": [${fields}]}}}`,
  )
}
