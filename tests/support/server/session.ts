import { expect } from 'vitest'
import { until } from '../time/gather.ts'
import type { GraphqlClient } from './graphql-client.ts'

export interface UserError {
  readonly path: readonly string[] | null
  readonly code: string
  readonly message: string
}

/** What tests look at in a run. */
export interface RunView {
  readonly id: string
  readonly status: string
  readonly statusReason: string | null
  readonly fingerprint: string | null
  readonly products: readonly string[]
  readonly dataQuality: Readonly<Record<'received' | 'lost' | 'recovered' | 'duplicates' | 'reordered', string>> & {
    readonly gaps: number
  }
}

const RUN = `id status statusReason fingerprint products
  dataQuality { received gaps recovered lost duplicates reordered }`

const START = `mutation ($input: StartSimulationInput!) {
  startSimulation(input: $input) { simulation { ${RUN} } userErrors { path code message } }
}`
const STOP = `mutation ($id: ID!) {
  stopSimulation(input: { simulationId: $id }) { simulation { ${RUN} } userErrors { path code message } }
}`

export interface RunPayload {
  readonly simulation: RunView | null
  readonly userErrors: readonly UserError[]
}

/** Asks for a run; whether it was refused is for the caller to look at. */
export async function requestRun(client: GraphqlClient, input: Record<string, unknown>): Promise<RunPayload> {
  return (await client.ask<{ startSimulation: RunPayload }>(START, { input })).startSimulation
}

/** Starts a run that must not be refused; gives its id. */
export async function startRun(client: GraphqlClient, input: Record<string, unknown>): Promise<string> {
  const { simulation, userErrors } = await requestRun(client, input)
  expect(userErrors).toEqual([])
  return simulation!.id
}

export async function stopRun(client: GraphqlClient, id: string): Promise<RunPayload> {
  return (await client.ask<{ stopSimulation: RunPayload }>(STOP, { id })).stopSimulation
}

export async function readRun(client: GraphqlClient, id: string): Promise<RunView> {
  const { simulation } = await client.ask<{ simulation: RunView | null }>(
    `query ($id: ID!) { simulation(id: $id) { ${RUN} } }`,
    { id },
  )
  if (simulation === null) throw new Error(`there is no simulation ${id}`)
  return simulation
}

/** Waits for a status; the failure says which one it is in instead, and why. */
export async function runReaches(client: GraphqlClient, id: string, status: string): Promise<RunView> {
  let run = await readRun(client, id)
  await until(async () => {
    run = await readRun(client, id)
    expect([run.status, run.statusReason]).toEqual([status, run.statusReason])
  })
  return run
}

interface Connection<Item> {
  readonly edges: readonly { readonly node: Item }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

/** All signals or trades of a run that the store holds, page by page. */
export async function storedEvents<Item>(
  client: GraphqlClient,
  id: string,
  list: 'signals' | 'trades',
  fields: string,
): Promise<Item[]> {
  const query = `query ($id: ID!, $after: String) {
    simulation(id: $id) {
      ${list}(first: 100, after: $after) { edges { node { ${fields} } } pageInfo { hasNextPage endCursor } }
    }
  }`
  const items: Item[] = []
  for (let after: string | null = null; ;) {
    const answer: { simulation: Record<string, Connection<Item>> } = await client.ask(query, { id, after })
    const { edges, pageInfo } = answer.simulation[list]!
    items.push(...edges.map(({ node }) => node))
    if (!pageInfo.hasNextPage) return items
    after = pageInfo.endCursor
  }
}
