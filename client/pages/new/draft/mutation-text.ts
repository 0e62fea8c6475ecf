import type { StartInput } from '../documents.ts'

/** Fields of the input whose texts are names of an enumeration, which GraphQL writes without quotes. */
const ENUMERATIONS: readonly string[] = ['mode', 'launcher']
const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/

/** A value as GraphQL writes it. JSON's numbers, texts, true and false are GraphQL's too; keys of objects have no quotes. */
function literal(value: unknown, indent: string): string {
  if (Array.isArray(value)) return `[${value.map((one) => literal(one, indent)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  const fields = Object.entries(value)
    .filter(([key, one]) => one !== undefined && NAME.test(key))
    .map(([key, one]) => `${inner}${key}: ${literal(one, inner)}\n`)
  return `{\n${fields.join('')}${indent}}`
}

/** The mutation that does what the form does, to be pasted into the playground or into a program. */
export function mutationText(input: StartInput): string {
  const fields = Object.entries(input).map(([key, value]) => {
    const text = ENUMERATIONS.includes(key) ? String(value) : literal(value, '      ')
    return `      ${key}: ${text}\n`
  })
  return `mutation {
  startSimulation(
    input: {
${fields.join('')}    }
  ) {
    simulation {
      id
      status
    }
    userErrors {
      path
      message
      code
    }
  }
}
`
}
