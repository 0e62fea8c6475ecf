import { SourceFields } from '../../graphql/fragments/catalogue.ts'
import { EngineFields } from '../../graphql/fragments/run.ts'
import { graphql, type ResultOf } from '../../graphql/tada.ts'

/** How the platform is. */
export const HealthQuery = graphql(
  `
    query Health {
      health {
        status
        components {
          name
          status
          message
          latencyMs
          since
        }
      }
      sources {
        ...SourceFields
      }
      resources {
        maxSimulations
        runningSimulations
        runningEngines
        cpuCount
        cpuLimit
        totalMemoryBytes
        memoryLimitBytes
        serverMemoryBytes
        serverCpuPercent
        database {
          size
          open
          idle
          waiting
        }
        eventQueue {
          waiting
          bound
        }
        tapes {
          bytes
          limitBytes
        }
        engines {
          ...EngineFields
          cpuLimit
          simulationId
        }
      }
    }
  `,
  [SourceFields, EngineFields],
)

/** All of it, at one moment. */
export type Look = ResultOf<typeof HealthQuery>
export type Component = Look['health']['components'][number]
export type Source = Look['sources'][number]
export type Resources = Look['resources']
export type Engine = Resources['engines'][number]
