import { NotBuilt } from '../../ui/not-built.tsx'

/** Simulation. */
export function Page() {
  return <NotBuilt title="Simulation" field="simulation(id)" />
}
