import { NotBuilt } from '../../ui/not-built.tsx'

/** Configurations. */
export function Page() {
  return <NotBuilt title="Configurations" field="configurations" />
}
