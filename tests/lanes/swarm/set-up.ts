import type { TestProject } from 'vitest/node'
import { keepImages } from '../../support/docker/images.ts'

/** The same images as the lane `docker` has: its hosts start with them. */
export default async function setUp(project: TestProject): Promise<void> {
  project.provide('dockerImages', await keepImages())
}
