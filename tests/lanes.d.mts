/** Tests that need a service which npm cannot bring. */
export interface Lane {
  readonly name: string
  found(): boolean
  /** How to get what it needs, for a person. */
  readonly how: string
}
export const LANES: readonly Lane[]
export function findProgram(name: string): string | null
export function findBrowser(): string | null
export function findCompose(): { readonly command: readonly string[]; readonly major: number } | null
export function chooseLanes(): { readonly run: readonly Lane[]; readonly leftOut: readonly Lane[] }
