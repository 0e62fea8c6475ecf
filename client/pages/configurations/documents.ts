import { AlgorithmFields, VersionFields } from '../../graphql/fragments/catalogue.ts'
import { graphql, type ResultOf } from '../../graphql/tada.ts'

/** A page of configurations. */
export const ConfigurationsQuery = graphql(`
  query Configurations($first: Int!, $after: String, $algorithm: String, $tag: String) {
    configurations(first: $first, after: $after, algorithm: $algorithm, tag: $tag) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          name
          version
          algorithm
          tags
          notes
          savedBy
          updatedAt
        }
      }
    }
  }
`)

export type Configuration = ResultOf<typeof ConfigurationsQuery>['configurations']['edges'][number]['node']

/** What algorithms and parameters are called. */
export const CatalogueQuery = graphql(
  `
    query ConfigurationCatalogue {
      algorithms {
        ...AlgorithmFields
      }
      simulatorParametersSchema
    }
  `,
  [AlgorithmFields],
)

export type Catalogue = ResultOf<typeof CatalogueQuery>

/** A configuration with its versions, newest first. */
export const ConfigurationQuery = graphql(`
  query Configuration($id: ID!, $after: String) {
    configuration(id: $id) {
      id
      name
      version
      createdAt
      versions(first: 100, after: $after) {
        pageInfo {
          hasNextPage
          endCursor
        }
        edges {
          cursor
          node {
            version
            algorithm
            tags
            notes
            savedAt
            savedBy
          }
        }
      }
    }
  }
`)

export type VersionRow = NonNullable<
  ResultOf<typeof ConfigurationQuery>['configuration']
>['versions']['edges'][number]['node']

/** Two versions, whole. */
export const ComparedQuery = graphql(
  `
    query ComparedVersions($id: ID!, $version: Int!, $against: Int!) {
      configuration(id: $id) {
        id
        shown: versionAt(version: $version) {
          ...VersionFields
        }
        against: versionAt(version: $against) {
          ...VersionFields
        }
      }
    }
  `,
  [VersionFields],
)

export type WholeVersion = NonNullable<NonNullable<ResultOf<typeof ComparedQuery>['configuration']>['shown']>

export const ExportQuery = graphql(`
  query ExportConfiguration($id: ID!) {
    configuration(id: $id) {
      id
      export
    }
  }
`)

export const ImportMutation = graphql(`
  mutation ImportConfiguration($input: ImportConfigurationInput!) {
    importConfiguration(input: $input) {
      configuration {
        id
        name
        version
      }
      userErrors {
        path
        message
        code
      }
    }
  }
`)

export const DeleteMutation = graphql(`
  mutation DeleteConfiguration($id: ID!) {
    deleteConfiguration(input: { configurationId: $id }) {
      deletedId
      userErrors {
        message
      }
    }
  }
`)
