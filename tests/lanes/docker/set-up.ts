import type { TestProject } from 'vitest/node'
import { openDocker } from '../../support/docker/docker.ts'
import { keepImages } from '../../support/docker/images.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** `DOCKER_HOST` of the lane's Docker, which has the images. */
    dockerHost: string
    /** The folder of the images, for a Docker of a test's own. */
    dockerImages: string
  }
}

/** One Docker for all files of the lane, with the images built from the Dockerfiles. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const images = await keepImages()
  const docker = await openDocker({ images })
  project.provide('dockerHost', docker.host)
  project.provide('dockerImages', images)
  return () => docker.remove()
}
