/** What PostgreSQL cannot keep: NUL, and half of a surrogate pair, which is no character and has no UTF-8. */
const UNSTORABLE = /[\0\p{Surrogate}]/u
/** What steers whoever shows a text: control characters but tab and line breaks, and what turns the direction of writing. */
const STEERING = /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u
/** What a line has none of: breaks and tabs, and characters without a look, but for the two that join letters and emoji. */
const NO_LINE = /[\t\n\r\u2028\u2029]|(?![\u200c\u200d])\p{Cf}/u
/** Something that can be seen. */
const VISIBLE = /[^\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u

/** The most characters of somebody's own words that an answer says again. */
const MAX_ECHO = 200

/** Why no text may be like this, as the end of a sentence; null where it may. */
export function textFault(text: string): string | null {
  if (UNSTORABLE.test(text)) return 'holds what is no character: NUL, or half of a surrogate pair'
  if (STEERING.test(text)) return 'holds control characters, or such that turn the direction of writing'
  return null
}

/** Whether a text can be a name: one line, with something to see in it, and nothing that cannot be seen. */
export function isPrintableLine(text: string): boolean {
  return VISIBLE.test(text) && !NO_LINE.test(text) && textFault(text) === null
}

/** A name as it is kept and looked for: composed, so that what looks the same is the same, and without blanks around it. */
export function normalName(text: string): string {
  return text.normalize('NFC').trim()
}

/** What somebody sent, as it may be said again in a message: short, whatever it is. */
export function quoted(value: unknown, most = 100): string {
  const text = typeof value === 'string' ? value : typeof value === 'object' ? 'an object or a list' : String(value)
  return JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text)
}

/**
 * A message of which it is not known how much of what somebody sent it says again: cut to as much as may be said, the
 * middle of it left out, since libraries say what is wrong before it or behind it.
 */
export function shortened(message: string): string {
  if (message.length <= MAX_ECHO + 40) return message
  return `${message.slice(0, 119)} … ${message.slice(-78)}`
}
