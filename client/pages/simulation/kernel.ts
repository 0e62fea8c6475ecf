import type { Run } from './documents.ts'

/** The first rules that know orders which rest, round trips and a switch. */
const FIRST_KERNEL = 2

/** Whether a run is filled by rules that know orders which rest: what those of before did not know is not kept of it. */
export const knowsOrders = ({ kernelVersion }: Pick<Run, 'kernelVersion'>): boolean => kernelVersion >= FIRST_KERNEL

/** What is said where a run of the rules of before has none of something. */
export const notKept = (what: string): { readonly title: string; readonly text: string } => ({
  title: `${what} were not kept`,
  text: 'This run is filled by the rules of an earlier version, which told trades only. A new run with the same parameters and seed keeps them.',
})
