import { StatusFields } from './fragments/run.ts'
import { graphql } from './tada.ts'

/** Statuses that nothing follows. */
const FINAL: readonly string[] = ['COMPLETED', 'STOPPED', 'FAILED']

/** Whether a run has ended for good. */
export const isFinal = (run: { readonly status: string }): boolean => FINAL.includes(run.status)

/** What a run began with, in quote currency; null where its parameters do not say. */
export function capitalOf(run: { readonly simulatorParameters: unknown }): number | null {
  const parameters = run.simulatorParameters as { readonly INITIAL_CAPITAL?: unknown } | null
  const capital = parameters?.INITIAL_CAPITAL
  return typeof capital === 'number' && capital > 0 ? capital : null
}

/** A run's status, as it changes. */
export const StatusSubscription = graphql(
  `
    subscription RunStatus($id: ID!) {
      simulation(id: $id) {
        ...StatusFields
        startedAt
      }
    }
  `,
  [StatusFields],
)
