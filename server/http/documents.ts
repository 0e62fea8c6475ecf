import { GraphQLError, Lexer, parse, Source, TokenKind, type ParseOptions } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { MAX_NAME_LENGTH, MAX_NESTING, MAX_TOKENS } from './limits.ts'

const OPENING: readonly string[] = [TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]
const CLOSING: readonly string[] = [TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]

function refused(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'GRAPHQL_PARSE_FAILED' } })
}

/**
 * Refuses a document of a shape that would cost more than it is long: what reads and checks documents calls itself for what is
 * nested, and answers repeat names. @throws GraphQLError, for a person.
 */
function checkShape(text: string): void {
  const lexer = new Lexer(new Source(text))
  let depth = 0
  for (let count = 0; ; count++) {
    const token = lexer.advance()
    if (token.kind === TokenKind.EOF) return
    if (count >= MAX_TOKENS) throw refused(`A document may have at most ${MAX_TOKENS} tokens.`)
    if (OPENING.includes(token.kind)) depth++
    else if (CLOSING.includes(token.kind)) depth--
    if (depth > MAX_NESTING) throw refused(`A document may be nested at most ${MAX_NESTING} deep.`)
    if (token.kind === TokenKind.NAME && token.value.length > MAX_NAME_LENGTH)
      throw refused(`A name may have at most ${MAX_NAME_LENGTH} characters.`)
  }
}

/** Holds documents to a length and a shape before they are read. */
export const boundedDocuments: Plugin = {
  onParse({ setParseFn }) {
    setParseFn((source: string | Source, options?: ParseOptions) => {
      checkShape(typeof source === 'string' ? source : source.body)
      return parse(source, { ...options, maxTokens: MAX_TOKENS })
    })
  },
}
