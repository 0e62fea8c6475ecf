import { graphql } from 'graphql'
import { expect, it } from 'vitest'
import type { Context, Outcome } from '../context.ts'
import { schema } from '../index.ts'
import { nodeId } from '../node-id.ts'

const ID = '7d2f2a52-6c3c-4f0a-9f5e-0c4f1f6a1b11'
const PAYLOAD = '{ simulation { id } simulationId userErrors { code } }'

/** Asks a server whose store cannot be read now, and which does what it is asked with this outcome. */
function ask(mutation: string, outcome: Outcome<string>) {
  const answer = (): Promise<Outcome<string>> => Promise.resolve(outcome)
  const contextValue = {
    simulations: { start: answer, stop: answer },
    prisma: { simulation: { findUnique: () => Promise.reject(new Error('the connection broke')) } },
  } as unknown as Context
  return graphql({ schema, source: `mutation { ${mutation} ${PAYLOAD} }`, contextValue })
}
const START = 'startSimulation(input: { algorithm: "rsi" })'
const STOP = `stopSimulation(input: { simulationId: "${nodeId('Simulation', ID)}" })`

it.each([
  ['startSimulation', START],
  ['stopSimulation', STOP],
])('%s that was done says so with the id, also where the run cannot be read for the answer', async (name, mutation) => {
  const { data, errors } = await ask(mutation, { ok: true, value: ID })
  const id = nodeId('Simulation', ID)
  expect(data).toMatchObject({ [name]: { simulation: null, simulationId: id, userErrors: [] } })
  expect(errors).toMatchObject([{ path: [name, 'simulation'], extensions: { code: 'STORE_UNAVAILABLE' } }])
  expect(errors?.[0]?.message).toMatch(new RegExp(`This was done, .* by its id, ${id}`))
})

it('a start that was refused names no simulation, a stop the one that it was about', async () => {
  const faults = [{ code: 'STORE_UNAVAILABLE', path: ['input'], message: 'away' }]
  const started = await ask(START, { ok: false, faults })
  const stopped = await ask(STOP, { ok: false, faults })
  expect([started.errors, stopped.errors]).toEqual([undefined, undefined])
  expect([started.data, stopped.data]).toMatchObject([
    { startSimulation: { simulation: null, simulationId: null } },
    { stopSimulation: { simulation: null, simulationId: nodeId('Simulation', ID) } },
  ])
})
