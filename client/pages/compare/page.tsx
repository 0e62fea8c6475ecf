import { NotBuilt } from '../../ui/not-built.tsx'

/** Compare. */
export function Page() {
  return <NotBuilt title="Compare" field="simulation(id) { metrics equityCurve }" />
}
