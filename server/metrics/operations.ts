import { getOperationAST, type DocumentNode } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Metrics, OperationOutcome, OperationType } from './port.ts'

function typeOf(document: DocumentNode, operationName: string | null | undefined): OperationType {
  return getOperationAST(document, operationName)?.operation ?? 'unknown'
}

const outcomeOf = (result: unknown): OperationOutcome =>
  !isAsyncIterable(result) && (result as { errors?: readonly unknown[] }).errors !== undefined ? 'error' : 'ok'

/** Counts the operations of the API, whichever way they came in. A subscription counts once, when it opens. */
export function countOperations(metrics: Pick<Metrics, 'operation'>): Plugin {
  return {
    onParse:
      () =>
      ({ result }) => {
        if (result instanceof Error || result === null) metrics.operation('unknown', 'invalid')
      },
    onValidate:
      ({ params }) =>
      ({ valid }) => {
        // Which of its operations was meant is not known here; documents with several are rare.
        if (!valid) metrics.operation(typeOf(params.documentAST as DocumentNode, null), 'invalid')
      },
    onExecute: ({ args }) => ({
      onExecuteDone: ({ result }) => metrics.operation(typeOf(args.document, args.operationName), outcomeOf(result)),
    }),
    onSubscribe: ({ args }) => ({
      onSubscribeResult: ({ result }) =>
        metrics.operation(typeOf(args.document, args.operationName), outcomeOf(result)),
    }),
  }
}
