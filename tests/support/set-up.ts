import { setUp } from '../../server/setup.mjs'
import { makeModel } from './stores/cluster.ts'

/** Before any test: whatever the tests run and copy (generated code, bundles, a cluster) is made from the sources as they are. */
export default async function prepare(): Promise<void> {
  await setUp()
  await makeModel()
}
