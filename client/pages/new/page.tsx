import { NotBuilt } from '../../ui/not-built.tsx'

/** New simulation. */
export function Page() {
  return <NotBuilt title="New simulation" field="startSimulation" />
}
