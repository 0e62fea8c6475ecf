import { formatAmount } from '../../domain/money.ts'
import { incrementText, type Listing } from '../listing.ts'

/** A product as `GET /products` and the status channel describe it. */
export function productInfo(listing: Listing): Record<string, string | boolean> {
  const [base, quote] = currenciesOf(listing)
  return {
    id: listing.product,
    base_currency: base,
    quote_currency: quote,
    quote_increment: incrementText(listing.priceScale),
    base_increment: incrementText(listing.sizeScale),
    display_name: `${base}-${quote}`,
    min_market_funds: formatAmount(listing.minValue),
    margin_enabled: false,
    post_only: false,
    limit_only: false,
    cancel_only: false,
    status: 'online',
    status_message: '',
    trading_disabled: false,
    fx_stablecoin: false,
    max_slippage_percentage: '0.02000000',
    auction_mode: false,
    high_bid_limit_percentage: '',
  }
}

function currenciesOf(listing: Listing): [base: string, quote: string] {
  const [base, quote] = listing.product.split('-')
  return [base ?? '', quote ?? '']
}

/** The message of the status channel: all products and their currencies. */
export function statusFrame(listings: readonly Listing[]): string {
  const currencies = [...new Set(listings.flatMap(currenciesOf))].sort()
  return JSON.stringify({
    type: 'status',
    currencies: currencies.map((id) => ({
      id,
      name: id,
      min_size: '0.00000001',
      status: 'online',
      funding_account_id: '',
      status_message: '',
      max_precision: '0.00000001',
      convertible_to: [],
      details: {},
    })),
    products: listings.map((listing) => ({ ...productInfo(listing), type: 'spot' })),
  })
}
