import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import type { Amount } from '../engines/domain/money.ts'
import type { Micros } from '../engines/domain/time.ts'
import type PrismaTypes from '../prisma/generated/pothos.ts'
import { getDatamodel } from '../prisma/generated/pothos.ts'
import type { Context } from './context.ts'
import { badInput } from './errors.ts'
import { decodeNodeId } from './node-id.ts'

interface Types {
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  Scalars: {
    DateTime: { Input: Micros; Output: Micros | Date }
    /** A count of 1e-18, or the text of a decimal. */
    Decimal: { Input: Amount; Output: Amount | string }
    BigInt: { Input: bigint; Output: number | bigint }
    JSON: { Input: unknown; Output: unknown }
  }
}

/** The most that one operation may ask for; a page of everything a dashboard shows stays far below. */
export const LIMITS = { complexity: 20_000, depth: 15, breadth: 400 } as const

/** What it costs to look outside of the database: at files, engines, other services. */
export const LOOK_COST = 100

/** Where every type and field is hung; see `index.ts` for what there is. */
export const builder = new SchemaBuilder<Types>({
  plugins: [ComplexityPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  prisma: { client: (context) => context.prisma, dmmf: getDatamodel() },
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    decodeGlobalID: decodeNodeId,
    nodeQueryOptions: { nullable: true, description: 'Any object by its global id.' },
    nodesQueryOptions: false,
  },
  complexity: {
    limit: LIMITS,
    defaultListMultiplier: 5,
    complexityError: (kind, result) =>
      badInput(
        `This operation asks for too much: its ${kind.toLowerCase()} is ${result[kindKey(kind)]}, ` +
          `and the most is ${LIMITS[kindKey(kind)]}. Ask for less at once.`,
        'TOO_COMPLEX',
      ),
  },
})

function kindKey(kind: string): keyof typeof LIMITS {
  return kind.toLowerCase() as keyof typeof LIMITS
}

builder.queryType({})
builder.mutationType({})
builder.subscriptionType({})
