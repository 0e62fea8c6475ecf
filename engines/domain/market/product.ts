/** A venue's product id: base and quote currency joined by a hyphen, e.g. `BTC-USD`. */
export type Product = string

/** The products a first simulation is offered. POL is MATIC's successor. */
export const DEFAULT_PRODUCTS: readonly Product[] = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'DOGE-USD', 'POL-USD']

/** The most products one simulation, one subscription or one feed may name. */
export const MAX_PRODUCTS = 64

/** The most characters of a product id; the wire's length byte allows no more than 255. */
export const MAX_PRODUCT_LENGTH = 24

const PRODUCT = /^[A-Z0-9]{1,12}-[A-Z0-9]{1,11}$/

/** Whether a text has a product id's form; says nothing about whether a venue lists it. */
export function isProduct(text: string): boolean {
  return PRODUCT.test(text)
}
