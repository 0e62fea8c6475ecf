import { createHash } from 'node:crypto'
import { canonicalFill, type Fill } from '../domain/trading/fill.ts'

/** Takes a run's fingerprint: SHA-256, in hexadecimal, over its fills in order, one canonical line each. */
export interface Fingerprint {
  add(fill: Fill): void
  /** The fingerprint of all fills so far. */
  value(): string
}

/** Starts a fingerprint with no fills. */
export function createFingerprint(): Fingerprint {
  const hash = createHash('sha256')
  return {
    add: (fill) => void hash.update(`${canonicalFill(fill)}\n`),
    value: () => hash.copy().digest('hex'),
  }
}
