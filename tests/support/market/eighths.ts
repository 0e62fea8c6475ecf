import { countOf, parseCount, type Fixed } from '../../../engines/domain/money.ts'

/** The nearest count of 1e-8 to an ordinary number. */
export const toFixed = (value: number): Fixed => countOf(value, 8)

/** A decimal text as a count of 1e-8. */
export const parseFixed = (text: string): Fixed => parseCount(text, 8)
