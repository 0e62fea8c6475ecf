import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  printSchema,
  type GraphQLSchema,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from './index.ts'

const PRINTED = fileURLToPath(new URL('./schema.graphql', import.meta.url))
const CONTRACT = fileURLToPath(new URL('../../shared/design/contract.graphql', import.meta.url))

/** What the contract leaves to the implementation; only the references to them must be right. */
const LEFT_OPEN = /* GraphQL */ `
  type PageInfo {
    hasNextPage: Boolean!
  }
  type SimulationSignalsConnection {
    pageInfo: PageInfo!
  }
  type SimulationTradesConnection {
    pageInfo: PageInfo!
  }
  type QuerySimulationsConnection {
    pageInfo: PageInfo!
  }
  type QueryConfigurationsConnection {
    pageInfo: PageInfo!
  }
  type PerformanceSummary {
    runs: Int!
  }
  type Resources {
    runningEngines: Int!
  }
  input SimulationOrder {
    field: SimulationOrderField! = CREATED_AT
  }
  enum SimulationOrderField {
    CREATED_AT
  }
`

/** The contract writes several fields on a line, parted by comments and blanks only, which GraphQL allows. */
function missing(contract: GraphQLSchema, ours: GraphQLSchema): string[] {
  const lacking: string[] = []
  for (const type of Object.values(contract.getTypeMap())) {
    if (type.name.startsWith('__')) continue
    const own = ours.getType(type.name)
    if (own === undefined || own.constructor !== type.constructor) {
      lacking.push(type.name)
      continue
    }
    if (isEnumType(type) && isEnumType(own)) {
      const values = own.getValues().map((value) => value.name)
      lacking.push(...type.getValues().flatMap(({ name }) => (values.includes(name) ? [] : [`${type.name}.${name}`])))
    }
    if (isInputObjectType(type) && isInputObjectType(own)) {
      for (const field of Object.values(type.getFields())) {
        const mine = own.getFields()[field.name]
        const same =
          String(mine?.type) === String(field.type) && String(mine?.defaultValue) === String(field.defaultValue)
        if (!same) lacking.push(`${type.name}.${field.name}`)
      }
    }
    if ((isObjectType(type) && isObjectType(own)) || (isInterfaceType(type) && isInterfaceType(own))) {
      for (const each of type.getInterfaces()) {
        if (!own.getInterfaces().some((mine) => mine.name === each.name))
          lacking.push(`${type.name} implements ${each.name}`)
      }
      for (const field of Object.values(type.getFields())) {
        const mine = own.getFields()[field.name]
        if (String(mine?.type) !== String(field.type)) lacking.push(`${type.name}.${field.name}`)
        for (const arg of field.args) {
          const myArg = mine?.args.find((candidate) => candidate.name === arg.name)
          const same =
            String(myArg?.type) === String(arg.type) && String(myArg?.defaultValue) === String(arg.defaultValue)
          if (!same) lacking.push(`${type.name}.${field.name}(${arg.name})`)
        }
        const extra = mine?.args.filter((arg) => !field.args.some((known) => known.name === arg.name)) ?? []
        lacking.push(
          ...extra
            .filter((arg) => String(arg.type).endsWith('!'))
            .map((arg) => `${type.name}.${field.name}(+${arg.name})`),
        )
      }
    }
  }
  return lacking
}

it('is what schema.graphql says, so that a change of the API shows in review', () => {
  const printed = `${printSchema(schema)}\n`
  if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(PRINTED, printed)
  expect(readFileSync(PRINTED, 'utf8'), 'run the test with UPDATE_SCHEMA=1 to print it anew').toBe(printed)
})

describe.skipIf(!existsSync(CONTRACT))(
  'the contract (skipped where ../shared/design/contract.graphql is not there)',
  () => {
    it('is kept: every type, field, argument and default is there under its name and with its type', () => {
      // Descriptions in the contract are comments, and "..." stands nowhere; the open types are added.
      const contract = buildSchema(`${readFileSync(CONTRACT, 'utf8')}\n${LEFT_OPEN}`)
      expect(missing(contract, schema)).toEqual([])
    })
  },
)
