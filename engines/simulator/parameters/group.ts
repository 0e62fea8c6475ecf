import type * as z from 'zod'

/** The same parameters, each with the `group` that a form shows it in; those of none stand in its first part. */
export function inGroup<Shape extends Readonly<Record<string, z.ZodType>>>(group: string, shape: Shape): Shape {
  const grouped = Object.entries(shape).map(([key, parameter]) => [key, parameter.meta({ ...parameter.meta(), group })])
  return Object.fromEntries(grouped) as Shape
}
