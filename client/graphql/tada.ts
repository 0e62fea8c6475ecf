import { initGraphQLTada } from 'gql.tada'
import type { introspection } from './schema.generated.ts'

/**
 * Makes a document that is typed from the printed schema. `Decimal`, `BigInt` and `DateTime` are strings on the wire
 * and stay strings: prices and money are exact, and only what is drawn becomes a number.
 */
export const graphql = initGraphQLTada<{
  introspection: introspection
  /** A fragment spares writing fields twice; it hides nothing. */
  disableMasking: true
  scalars: { BigInt: string; DateTime: string; Decimal: string; JSON: unknown }
}>()

export { type ResultOf, type TadaDocumentNode, type VariablesOf } from 'gql.tada'
