import type { Handlers, Inputs, InstrumentView, PortfolioAccount, ProductAccount } from './contract.ts'
import { AuthorError, between, onlyKnown } from './numbers.ts'

/** A strategy at its parameters: what it wants to be told, and what makes an instance, of each product or of all together. */
export type Strategy =
  | { readonly inputs: Inputs; readonly product: (instrument: InstrumentView) => Handlers<ProductAccount> }
  | { readonly inputs: Inputs; readonly portfolio: () => Handlers<PortfolioAccount> }

const INPUTS = ['trades', 'quotes', 'book', 'candles'] as const
/** Which input each handler needs; null: none. */
const HANDLERS: Readonly<Record<string, (typeof INPUTS)[number] | null>> = {
  onTrade: 'trades',
  onQuote: 'quotes',
  onBook: 'book',
  onCandle: 'candles',
  onOrder: null,
  onFill: null,
  onTimer: null,
  onGap: null,
}
const MOST_LENGTHS = 16
/** A week. */
const LONGEST_SECONDS = 604_800

/** @throws AuthorError that says what is wrong with the inputs that a strategy names */
export function checkInputs(inputs: Inputs): Inputs {
  onlyKnown('inputs', inputs, INPUTS)
  const lengths = inputs.candles ?? []
  if (!Array.isArray(lengths) || lengths.length > MOST_LENGTHS)
    throw new AuthorError(`inputs: candles is a list of at most ${MOST_LENGTHS} lengths in seconds`)
  for (const length of lengths as readonly unknown[]) {
    if (!Number.isInteger(between('inputs: a candle length', length, 1, LONGEST_SECONDS)))
      throw new AuthorError(`inputs: a candle length is ${String(length)}; it is a whole number of seconds`)
  }
  return inputs
}

/** @throws AuthorError where an instance handles what does not exist, or what it did not ask for */
export function checkHandlers<Me>(handlers: Handlers<Me>, inputs: Inputs, maker: string): Handlers<Me> {
  onlyKnown(`what ${maker} gives`, handlers, Object.keys(HANDLERS))
  for (const [name, input] of Object.entries(HANDLERS)) {
    const handler = (handlers as Record<string, unknown>)[name]
    if (handler === undefined) continue
    if (typeof handler !== 'function') throw new AuthorError(`${name} is no function`)
    const given = input === null || (input === 'candles' ? (inputs.candles ?? []).length > 0 : inputs[input] === true)
    if (!given) throw new AuthorError(`${name} is never called: inputs does not name ${input}`)
  }
  return handlers
}
