import { type StoredRecord, type Tokens, tokensOf, valueIn } from '@sessionbank/databank-kit'
import type { Bank } from '../bank.ts'
import { InvalidOptionError, UnreadableRecordError } from '../errors.ts'
import { explained } from '../explain-bank-error.ts'
import type { StoreOptions } from '../options.ts'
import { isSealed } from '../sealed-form.ts'
import { isObject } from '../session-record.ts'
import { coverageOf, maintained } from './maintained.ts'

/**
 * The index tokens of records that are copied into a bank as they are. Those of a sealed record are worked out from its
 * content, so the keys are needed if the bank has an index.
 */
export class RecordTokens {
  readonly #context: ReturnType<typeof maintained>['context']

  /** @throws InvalidOptionError as a store does */
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
 * Checks that all indexes of a bank that have every record are in its schema: a session that is written without them would
 * not be found by "log out everywhere".
 *
 * @throws InvalidOptionError naming the fields that are missing
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
    `the bank has an index of ${fields}, in which new sessions would be missing: give its schema, ` +
      `{"schema": {"${type}": {"pkey": "sid", "indices": [${fields}]}}}`,
  )
}
