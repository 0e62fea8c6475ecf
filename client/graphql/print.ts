import { stringifyDocument } from '@urql/core'
import type { TadaDocumentNode } from './tada.ts'

/** A document as it is sent. */
export function print<Data, Variables>(document: TadaDocumentNode<Data, Variables>): string {
  return stringifyDocument(document)
}
