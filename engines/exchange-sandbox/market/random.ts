/** A seeded source of randomness. The same seed gives the same draws on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** Exponential with mean 1. */
  exponential(): number
  /** Whole number from 0 to `limit` - 1. */
  below(limit: number): number
  /** Geometric: 0, 1, 2 … with the given mean. */
  geometric(mean: number): number
}

/** FNV-1a over UTF-16 code units: spreads a text over 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** SplitMix32: turns a counter into well-mixed words, which seed the generator proper. */
function splitMix(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let word = state ^ (state >>> 16)
    word = Math.imul(word, 0x21f0aaad)
    word ^= word >>> 15
    word = Math.imul(word, 0x735a2d97)
    return (word ^ (word >>> 15)) >>> 0
  }
}

/**
 * A generator (sfc32) of its own for each pair of seed and purpose, so that adding a product does not change the
 * draws of another.
 * @param seed any whole number; only its low 53 bits count
 * @param purpose names the stream, e.g. `market` or `BTC-USD`
 */
export function createRandom(seed: number, purpose: string): Random {
  const word = splitMix(hashText(`${seed} ${purpose}`))
  let a = word()
  let b = word()
  let c = word()
  let counter = 1
  let spare = Number.NaN

  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let round = 0; round < 12; round += 1) next()

  const uniform = (): number => next() / 4_294_967_296
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const kept = spare
      spare = Number.NaN
      return kept
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    const angle = 2 * Math.PI * uniform()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
  const exponential = (): number => -Math.log(1 - uniform())
  return {
    uniform,
    normal,
    exponential,
    below: (limit) => Math.floor(uniform() * limit),
    geometric: (mean) => Math.floor(exponential() / Math.log1p(1 / mean)),
  }
}
