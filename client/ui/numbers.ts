/** What was typed for a number: the number that is meant, or why it is not taken and what to write instead. */
export type ReadNumber =
  { readonly value: number; readonly fault: null } | { readonly value: null; readonly fault: string }

/** The longest text that is looked at; a number that is kept has at most 17 digits, an exponent, and what stands between. */
const MOST_CHARACTERS = 64

/** Spaces that formatted numbers have between their groups. */
const SPACES = /[\u00a0\u2007\u2009\u202f]/g
const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i
/** Groups of three digits, all parted by the same sign; a point is never one of them. */
const GROUPED = /^[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+|(?: \d{3})+|(?:['’]\d{3})+|(?:_\d{3})+)(?:\.\d+)?$/
/** `50.000`: fifty thousand to one half of the world, and so exactly fifty to nobody. */
const POINT_FOR_GROUP = /^[+-]?[1-9]\d{0,2}\.\d\d0$/
/** A point that somebody may have meant to part thousands: it is taken as what it is everywhere here, and that is said. */
const POINT_OR_GROUP = /^[+-]?[1-9]\d{0,2}\.\d{3}$/
const THOUSANDS = /^(.*\d) ?k$/i

const taken = (value: number): ReadNumber => ({ value: value === 0 ? 0 : value, fault: null })
const refused = (fault: string): ReadNumber => ({ value: null, fault })

/** Sign, digits without zeros at their ends, and power of ten: the same for every way of writing a number. */
function canonical(text: string): string {
  const [, sign, whole = '', fraction = '', power = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const bare = digits.replace(/0+$/, '')
  if (bare === '') return '0'
  return `${sign === '-' ? '-' : ''}${bare}e${Number(power) - fraction.length + digits.length - bare.length}`
}

/** A number of a writing that means one thing only, unless it would not be kept as it stands. */
function exactly(text: string): ReadNumber {
  const value = Number(text)
  if (!Number.isFinite(value)) return refused('This is more than can be kept.')
  return canonical(text) === canonical(String(value))
    ? taken(value)
    : refused(`This has more digits than are kept: write ${String(value)}.`)
}

const EXAMPLES = 'Give a number, e.g. 50000, 0.5 or 1e5.'

/** Digits and sign alone, without zeros in front. */
const bareDigits = (text: string): string => text.replace(/[^\d+-]/g, '').replace(/^([+-]?)0+(?=\d)/, '$1')

/** What to write instead of something that is no number, or may be more than one. */
function instead(text: string): string {
  if (!/^[+-]?\d[\d.,'’_ ]*$/.test(text)) {
    const [, unit = 'e'] = /^[+-]?[\d.,'’_ ]*\d ?(\D+)$/.exec(text) ?? []
    return /^e[+-]?$/i.test(unit) ? EXAMPLES : `Write the number out, without "${unit.trim()}".`
  }
  const digits = bareDigits(text)
  const at = Math.max(text.lastIndexOf(','), text.lastIndexOf('.'))
  // What stands more than once parts groups.
  if (at === -1 || text.indexOf(text[at]!) !== at) return `Write ${digits}.`
  const fraction = bareDigits(`1${text.slice(at + 1)}`)
    .slice(1)
    .replace(/0+$/, '')
  const decimal = `${bareDigits(text.slice(0, at))}${fraction === '' ? '' : `.${fraction}`}`
  const alone = /^[+-]?\d+[.,]\d+$/.test(text)
  return alone ? `This can be read in two ways: write ${decimal} or ${digits}.` : `Write ${decimal}.`
}

/**
 * Reads what a person typed for a number. The point is the decimal sign, as in every figure of these pages; `50,000`,
 * `50 000`, `50'000` and `50_000` are groups of thousands, `1e5` is a power of ten and `10k` are thousands. What could mean
 * something else too is refused, and so is what could not be kept as it stands.
 */
export function readNumber(typed: string): ReadNumber {
  const text = typed.replace(SPACES, ' ').trim().replace(/^−/, '-')
  if (text.length > MOST_CHARACTERS) return refused(EXAMPLES)
  if (PLAIN.test(text) && !POINT_FOR_GROUP.test(text)) return exactly(text)
  if (GROUPED.test(text)) return exactly(text.replace(/[ ,'’_]/g, ''))
  const [, thousands] = THOUSANDS.exec(text) ?? []
  if (thousands === undefined) return refused(instead(text))
  if (/e/i.test(thousands) || readNumber(thousands).value === null) return refused(EXAMPLES)
  return exactly(`${thousands.replace(/[ ,'’_]/g, '')}e3`)
}

/** What stands in a field after something was typed: the number, or the text where it is none (yet). */
export function entryOfText(text: string): number | string {
  return readNumber(text).value ?? text.trim()
}

/** A number as it is written into a field: as {@link readNumber} reads it. */
export const fieldText = (entry: number | string): string => String(entry)

/** What a text was taken as, where somebody may have meant something else; null: there is nothing to say. */
export function takenAs(text: string): string | null {
  const { value } = readNumber(text)
  if (value === null) return null
  if (POINT_OR_GROUP.test(text.trim())) return `Taken as ${String(value)}, a point being the decimal sign.`
  return text.trim() === String(value) ? null : `Taken as ${String(value)}.`
}

const decimalsOf = (value: number): number => {
  const [, fraction = '', power = '0'] = /^[^.e]*(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(value)) ?? []
  return Math.min(20, Math.max(0, fraction.length - Number(power)))
}

/** A number one step on, without the dust of binary fractions, and within its bounds. */
export function stepped(value: number, step: number, least: number | null, most: number | null): number {
  const next = Number((value + step).toFixed(Math.max(decimalsOf(value), decimalsOf(step))))
  return Math.min(most ?? Infinity, Math.max(least ?? -Infinity, next))
}

/** A whole number from 1 on as an address says it, in digits alone; null: it says none. */
export function wholeIn(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null
}
