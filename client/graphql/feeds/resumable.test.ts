import type { ExecutionResult, Sink, SubscribePayload } from 'graphql-ws'
import { GraphQLError } from 'graphql'
import { expect, it, vi } from 'vitest'
import { openResumable } from './resumable.ts'
import { graphql } from '../tada.ts'

const LogsSubscription = graphql(`
  subscription Logs($id: ID!, $after: BigInt) {
    logs(simulationId: $id, after: $after) {
      sequence
      message
    }
  }
`)

/** A server that keeps what was logged, and a line to it that a test can cut. */
function createServer() {
  const opened: { payload: SubscribePayload; sink: Sink<ExecutionResult> }[] = []
  const sent = (index: number) => (JSON.parse(JSON.stringify(opened[index]!.payload)) as SubscribePayload).variables
  const give = (index: number, sequence: number) =>
    opened[index]!.sink.next({ data: { logs: { sequence: String(sequence), message: `line ${sequence}` } } })
  const closed = vi.fn()
  const connection = {
    open: (payload: SubscribePayload, sink: Sink<ExecutionResult<never>>) => {
      opened.push({ payload, sink: sink as Sink<ExecutionResult> })
      return closed
    },
  }
  return { opened, sent, give, closed, connection: connection as never }
}

function read(server: ReturnType<typeof createServer>, after?: string) {
  const seen: string[] = []
  const onEnd = vi.fn()
  const onFault = vi.fn()
  const close = openResumable({
    connection: server.connection,
    document: LogsSubscription,
    variables: { id: 'run' },
    ...(after === undefined ? {} : { after }),
    item: ({ logs }) => logs,
    onItem: ({ sequence }) => seen.push(sequence),
    onEnd,
    onFault,
  })
  return { seen, onEnd, onFault, close }
}

const overflow = new GraphQLError('You fell behind.', { extensions: { code: 'SUBSCRIPTION_OVERFLOW' } })

it('begins after what is known already', () => {
  const server = createServer()
  read(server, '41')

  expect(server.sent(0)).toEqual({ id: 'run', after: '41' })
})

it('goes on after the last item when the connection sends it again, and leaves out what comes twice', () => {
  const server = createServer()
  const { seen } = read(server)
  expect(server.sent(0)).toEqual({ id: 'run', after: '0' })
  server.give(0, 1)
  server.give(0, 4)

  // After a cut the connection sends the same payload, as it is then.
  expect(server.sent(0)).toEqual({ id: 'run', after: '4' })
  server.give(0, 4)
  server.give(0, 9)

  expect(seen).toEqual(['1', '4', '9'])
})

it('subscribes anew from its cursor when the server says that it fell behind', () => {
  const server = createServer()
  const { seen, onEnd, onFault } = read(server)
  server.give(0, 1)
  server.opened[0]!.sink.next({ errors: [overflow] })
  server.opened[0]!.sink.complete()

  expect(server.sent(1)).toEqual({ id: 'run', after: '1' })
  server.give(1, 2)

  expect(seen).toEqual(['1', '2'])
  expect(onEnd).not.toHaveBeenCalled()
  expect(onFault).not.toHaveBeenCalled()
})

it('gives up where it fell behind without having got anywhere', () => {
  const server = createServer()
  const { onFault } = read(server)
  server.opened[0]!.sink.error([overflow])

  expect(server.opened).toHaveLength(1)
  expect(onFault).toHaveBeenCalledWith(expect.objectContaining({ sentence: 'You fell behind.' }))
})

it('tells a fault of the server in its words, and the end of the run', () => {
  const server = createServer()
  const failed = read(server)
  server.opened[0]!.sink.next({ errors: [new GraphQLError('There is no such simulation.')] })
  expect(failed.onFault).toHaveBeenCalledWith(expect.objectContaining({ sentence: 'There is no such simulation.' }))

  const { onEnd, seen } = read(server)
  server.give(1, 1)
  server.opened[1]!.sink.complete()
  expect(seen).toEqual(['1'])
  expect(onEnd).toHaveBeenCalledTimes(1)
})

it('gives nothing more once it is closed', () => {
  const server = createServer()
  const { seen, close } = read(server)
  close()
  server.give(0, 1)

  expect(server.closed).toHaveBeenCalled()
  expect(seen).toEqual([])
})
