import { isProduct, MAX_PRODUCT_LENGTH, type Product } from '../domain/market/product.ts'
import { MAX_TEXT_LENGTH } from './message.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text cut to {@link MAX_TEXT_LENGTH} code units, never through the middle of a surrogate pair. */
export function cutText(text: string): string {
  if (text.length <= MAX_TEXT_LENGTH) return text
  const last = text.charCodeAt(MAX_TEXT_LENGTH - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH)
}

/** The most bytes that {@link writeText} needs for a text. */
export function textBound(text: string): number {
  return 2 + 3 * Math.min(text.length, MAX_TEXT_LENGTH)
}

/** Writes a text (u16 length, UTF-8), cut where too long. @returns the offset after it. */
export function writeText(bytes: Uint8Array, view: DataView, offset: number, text: string): number {
  const cut = cutText(text)
  const written = writeAscii(bytes, offset + 2, cut) ? cut.length : encodeUtf8(bytes, offset + 2, cut)
  view.setUint16(offset, written, true)
  return offset + 2 + written
}

/**
 * Almost every text is ASCII, and a loop over it is several times faster than the call into the engine's encoder that
 * a signal would wait for.
 * @returns false where the text is not ASCII; what was written then is to be written over.
 */
function writeAscii(bytes: Uint8Array, offset: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code >= 0x80) return false
    bytes[offset + index] = code
  }
  return true
}

function encodeUtf8(bytes: Uint8Array, offset: number, text: string): number {
  return encoder.encodeInto(text, bytes.subarray(offset)).written
}

/** The bytes as ASCII, or null where they are not all ASCII. */
function readAscii(bytes: Uint8Array, offset: number, length: number): string | null {
  let text = ''
  for (let index = offset; index < offset + length; index += 1) {
    const code = bytes[index]!
    if (code >= 0x80) return null
    text += String.fromCharCode(code)
  }
  return text
}

/** Reads `length` bytes of UTF-8, or null where they are not valid UTF-8 or too long a text. */
export function readText(bytes: Uint8Array, offset: number, length: number): string | null {
  if (length === 0) return ''
  if (length > 3 * MAX_TEXT_LENGTH) return null
  const ascii = length <= MAX_TEXT_LENGTH ? readAscii(bytes, offset, length) : null
  if (ascii !== null) return ascii
  try {
    const text = decoder.decode(bytes.subarray(offset, offset + length))
    return text.length <= MAX_TEXT_LENGTH ? text : null
  } catch {
    // The one way TextDecoder has of saying "not UTF-8"; the caller reports it as a refusal.
    return null
  }
}

/** Writes a product's name (u8 length, ASCII). @returns the offset after it. */
export function writeName(view: DataView, offset: number, product: Product): number {
  view.setUint8(offset, product.length)
  for (let index = 0; index < product.length; index += 1) view.setUint8(offset + 1 + index, product.charCodeAt(index))
  return offset + 1 + product.length
}

const SLOTS = 256
const interned: (string | undefined)[] = new Array<string | undefined>(SLOTS).fill(undefined)

/**
 * Reads `length` ASCII bytes as a product id; the same id gives the same string object, so that a tick allocates none.
 * The memory behind it is bounded: an id displaces another with the same hash.
 * @returns null where they are not a product id.
 */
export function readProduct(bytes: Uint8Array, offset: number, length: number): Product | null {
  if (length === 0 || length > MAX_PRODUCT_LENGTH) return null
  let hash = length
  for (let index = 0; index < length; index += 1) hash = (Math.imul(hash, 31) + bytes[offset + index]!) | 0
  const slot = (hash ^ (hash >>> 8)) & (SLOTS - 1)
  const known = interned[slot]
  if (known !== undefined && sameBytes(known, bytes, offset, length)) return known
  const text = String.fromCharCode(...bytes.subarray(offset, offset + length))
  if (!isProduct(text)) return null
  interned[slot] = text
  return text
}

function sameBytes(text: string, bytes: Uint8Array, offset: number, length: number): boolean {
  if (text.length !== length) return false
  for (let index = 0; index < length; index += 1) if (text.charCodeAt(index) !== bytes[offset + index]) return false
  return true
}
