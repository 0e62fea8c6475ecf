import { AlgorithmFields } from '../../graphql/fragments/catalogue.ts'
import { graphql, type ResultOf } from '../../graphql/tada.ts'

/** The catalogue, with what its algorithms have done so far. */
export const CatalogQuery = graphql(
  `
    query Catalog {
      algorithms {
        ...AlgorithmFields
        description
        documentation
        warmUp
      }
      performance {
        byAlgorithm {
          algorithm
          runs
          tradeCount
          meanReturn
          bestReturn
          worstReturn
        }
      }
    }
  `,
  [AlgorithmFields],
)

type Catalog = ResultOf<typeof CatalogQuery>

export type Algorithm = Catalog['algorithms'][number]
/** What all runs of an algorithm together came to. */
export type TrackRecord = Catalog['performance']['byAlgorithm'][number]
