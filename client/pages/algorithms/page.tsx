import { NotBuilt } from '../../ui/not-built.tsx'

/** Algorithms. */
export function Page() {
  return <NotBuilt title="Algorithms" field="algorithms" />
}
