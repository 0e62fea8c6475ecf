import { graphql } from '../tada.ts'

/** What an algorithm is called, and which parameters it takes. */
export const AlgorithmFields = graphql(`
  fragment AlgorithmFields on Algorithm {
    id
    name
    title
    parametersSchema
  }
`)

/** A source of market data, and whether it can be used now. */
export const SourceFields = graphql(`
  fragment SourceFields on MarketSource {
    name
    description
    products
    available
  }
`)

/** A version of a configuration, whole. */
export const VersionFields = graphql(`
  fragment VersionFields on ConfigurationVersion {
    version
    algorithm
    algorithmParameters
    simulatorParameters
    tags
    notes
  }
`)
