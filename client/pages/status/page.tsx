import { NotBuilt } from '../../ui/not-built.tsx'

/** Health. */
export function Page() {
  return <NotBuilt title="Health" field="health, resources" />
}
