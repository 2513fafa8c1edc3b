import { resolve } from 'node:path'
import { checkDriverOptions, checkedTimeout, type DriverOptions, InvalidOptionError } from '@sessionbank/databank-kit'

/** The options of the driver `journal`: either `file` or `url`. */
export interface JournalParams extends DriverOptions {
  /** The path of the journal, relative to the working directory. Created if it is missing. */
  file?: string
  /** The path as a URL: `journal:./sessions.journal`. */
  url?: string
  /** Timeout of a call, in ms. Default: 5,000. */
  timeout?: number
}

const FORMS = 'options of the journal driver must be { file: "./x.journal" } or { url: "journal:./x.journal" }'

/** Returns the options with their defaults. Throws InvalidOptionError if one is invalid. */
export function checkedOptions(params: JournalParams) {
  checkDriverOptions('journal', params, { file: true, url: true, timeout: true })
  const { url, file = url?.startsWith('journal:') ? url.slice('journal:'.length) : undefined } = params
  if (typeof file !== 'string' || file === '') throw new InvalidOptionError(FORMS)
  return { path: resolve(file), timeout: checkedTimeout('journal', params.timeout) }
}

export type Options = ReturnType<typeof checkedOptions>
