import {
  checkDriverOptions,
  checkedTimeout,
  type DriverOptions,
  expiryOf,
  InvalidOptionError,
  type OptionNames,
} from '@sessionbank/databank-kit'

/** The params of the driver `sessionbank-memory`, which is that of `memory:`. All are optional. */
export interface MemoryParams extends DriverOptions {
  /** `memory:` alone: it has no host and no path. */
  url?: string
  /** The most records of all types. Beyond it, the ones that were not used for longest are removed. Default: no limit. */
  maxRecords?: number
  /**
   * The most bytes of all records, counted as the UTF-8 of their ids and texts. Beyond it, the ones that were not used for
   * longest are removed. A greater record is refused. Default: no limit.
   */
  maxTotalBytes?: number
  /** Values by type and id that are there after each `connect`, as with databank's own memory driver. */
  data?: Record<string, Record<string, unknown>>
  /** Does nothing: no operation waits. Other drivers have it, and an app changes one for another by the URL alone. */
  timeout?: number
}

const PARAMS: OptionNames<MemoryParams> = {
  url: true,
  maxRecords: true,
  maxTotalBytes: true,
  data: true,
  timeout: true,
  schema: true,
  driver: true,
}

/** Returns the limits, and the data to begin with. Throws InvalidOptionError if a param cannot be used. */
export function checkedOptions(params: MemoryParams) {
  checkDriverOptions('memory', params, PARAMS)
  const { url } = params
  if (url !== undefined && !(typeof url === 'string' && /^memory:(\/\/)?$/i.test(url))) {
    throw new InvalidOptionError(
      'the URL of a memory bank is "memory:" alone: its options go beside it, such as { maxRecords: 100_000 }',
    )
  }
  checkedTimeout('memory', params.timeout)
  return {
    maxRecords: checkedLimit('maxRecords', params.maxRecords),
    maxTotalBytes: checkedLimit('maxTotalBytes', params.maxTotalBytes),
    data: checkedData(params.data),
  }
}

export type Options = ReturnType<typeof checkedOptions>

function checkedLimit(name: string, limit: unknown = Number.POSITIVE_INFINITY): number {
  if (limit === Number.POSITIVE_INFINITY || (Number.isSafeInteger(limit) && (limit as number) > 0))
    return limit as number
  throw new InvalidOptionError(`\`${name}\` of the memory driver is a whole number above 0`)
}

interface Value {
  id: string
  json: string
  expires: number | null
}

/** Turns the data into text at once, so that what the app does to them later does not change what the bank begins with. */
function checkedData(data: unknown = {}): [type: string, values: Value[]][] {
  if (!isObject(data) || !Object.values(data).every(isObject)) throw new InvalidOptionError(DATA)
  return Object.entries(data).map(([type, values]) => [
    type,
    Object.entries(values as object).map(([id, value]) => ({ id, json: jsonOf(value), expires: expiryOf(value) })),
  ])
}

const DATA = '`data` of the memory driver holds JSON values by type and id, such as {session: {abc: {user: "ann"}}}'

function jsonOf(value: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch {}
  if (json === undefined) throw new InvalidOptionError(DATA)
  return json
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
