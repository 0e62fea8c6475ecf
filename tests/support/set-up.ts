import { setUp } from '../../server/setup.mjs'

/** Before any test: whatever generated code and bundles the tests run is made from the sources as they are now. */
export default async function prepare(): Promise<void> {
  await setUp()
}
