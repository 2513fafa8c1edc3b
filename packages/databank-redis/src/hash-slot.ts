/** CRC-16/XMODEM, as Redis Cluster uses it. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

const SLOTS = 16_384
const ASCII_ONLY = /^[\x20-\x7e]*$/

/** The slot of a key: of what stands between its first braces, if there is anything, else of all of it. */
export function hashSlot(key: string): number {
  const part = hashed(key)
  return ASCII_ONLY.test(part) ? crcOfAscii(part) % SLOTS : crcOfBytes(Buffer.from(part)) % SLOTS
}

function hashed(key: string): string {
  const open = key.indexOf('{')
  if (open === -1) return key
  const close = key.indexOf('}', open + 1)
  return close === -1 || close === open + 1 ? key : key.slice(open + 1, close)
}

function crcOfAscii(text: string): number {
  let crc = 0
  for (let i = 0; i < text.length; i++) crc = next(crc, text.charCodeAt(i))
  return crc
}

function crcOfBytes(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = next(crc, byte)
  return crc
}

function next(crc: number, byte: number): number {
  return ((crc << 8) & 0xffff) ^ (TABLE[((crc >> 8) ^ byte) & 0xff] as number)
}
