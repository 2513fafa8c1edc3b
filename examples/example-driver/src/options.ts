import { resolve } from 'node:path'
import { checkDriverOptions, checkedTimeout, type DriverOptions, InvalidOptionError } from '@sessionbank/databank-kit'

/** The params of `Databank.get('journal', params)`: either `file` or `url`. */
export interface JournalParams extends DriverOptions {
  /** The journal; relative to the working directory. Made if there is none. */
  file?: string
  /** The same as a URL: `journal:./sessions.journal`. */
  url?: string
  /** How long a call may take, in ms. Default: 5,000. */
  timeout?: number
}

const FORMS = 'params of the journal driver are { file: "./x.journal" } or { url: "journal:./x.journal" }'

/** Returns the params with their defaults. Throws InvalidOptionError if one of them cannot be used. */
export function checkedOptions(params: JournalParams) {
  checkDriverOptions('journal', params, { file: true, url: true, timeout: true })
  const { url, file = url?.startsWith('journal:') ? url.slice('journal:'.length) : undefined } = params
  if (typeof file !== 'string' || file === '') throw new InvalidOptionError(FORMS)
  return { path: resolve(file), timeout: checkedTimeout('journal', params.timeout) }
}

export type Options = ReturnType<typeof checkedOptions>
