import { AlgorithmFields, SourceFields, VersionFields } from '../../graphql/fragments/catalogue.ts'
import { graphql, type ResultOf, type VariablesOf } from '../../graphql/tada.ts'

/** What the form is made of. */
export const FormQuery = graphql(
  `
    query NewSimulationForm {
      algorithms {
        ...AlgorithmFields
        description
      }
      simulatorParametersSchema
    }
  `,
  [AlgorithmFields],
)

export type Algorithm = ResultOf<typeof FormQuery>['algorithms'][number]

/** Asked for by itself: a venue may take its time to answer. */
export const SourcesQuery = graphql(
  `
    query Sources {
      sources {
        ...SourceFields
      }
    }
  `,
  [SourceFields],
)

export type Source = ResultOf<typeof SourcesQuery>['sources'][number]

/** Asked for by itself too: Docker may take its time. */
export const LaunchersQuery = graphql(`
  query Launchers {
    launchers {
      kind
      available
      message
    }
  }
`)

export type LauncherOption = ResultOf<typeof LaunchersQuery>['launchers'][number]

/** A run to start again, with changes. */
export const RunQuery = graphql(`
  query RunToRepeat($id: ID!) {
    simulation(id: $id) {
      id
      mode
      algorithm {
        id
        name
        title
      }
      algorithmParameters
      simulatorParameters
      source {
        name
      }
      products
      durationSeconds
      speed
      seed
      launcher
      tradingSwitches
      createdAt
    }
  }
`)

export type RunToRepeat = NonNullable<ResultOf<typeof RunQuery>['simulation']>

/** A configuration to begin with, at one of its versions. */
export const PresetQuery = graphql(
  `
    query Preset($id: ID!, $version: Int!) {
      configuration(id: $id) {
        id
        name
        version
        algorithm
        algorithmParameters
        simulatorParameters
        tags
        notes
        versions(first: 100) {
          pageInfo {
            hasNextPage
            endCursor
          }
          edges {
            cursor
            node {
              version
              savedAt
              savedBy
            }
          }
        }
        versionAt(version: $version) {
          ...VersionFields
        }
      }
    }
  `,
  [VersionFields],
)

export type Preset = NonNullable<ResultOf<typeof PresetQuery>['configuration']>

/** The configurations to choose from. */
export const PresetsQuery = graphql(`
  query Presets {
    configurations(first: 100) {
      pageInfo {
        hasNextPage
      }
      edges {
        node {
          id
          name
          version
          algorithm
        }
      }
    }
  }
`)

export const StartMutation = graphql(`
  mutation StartSimulation($input: StartSimulationInput!) {
    startSimulation(input: $input) {
      simulation {
        id
        status
      }
      userErrors {
        path
        message
        code
      }
    }
  }
`)

/** What `startSimulation` is given. */
export type StartInput = VariablesOf<typeof StartMutation>['input']
export type Mode = RunToRepeat['mode']
export type Launcher = RunToRepeat['launcher']

export const SaveMutation = graphql(`
  mutation SaveConfiguration($input: SaveConfigurationInput!) {
    saveConfiguration(input: $input) {
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

export type SaveInput = VariablesOf<typeof SaveMutation>['input']
export type UserError = ResultOf<typeof StartMutation>['startSimulation']['userErrors'][number]
