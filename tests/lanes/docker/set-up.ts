import type { TestProject } from 'vitest/node'
import { useImages } from '../../support/docker/images.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** `DOCKER_HOST` of the lane's Docker, which has the images. */
    dockerHost: string
    /** What `npm run images` printed. */
    imagesBuilt: string
  }
}

/** One Docker for all files of the lane, with the images built from the Dockerfiles. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const images = await useImages()
  project.provide('dockerHost', images.host)
  project.provide('imagesBuilt', images.built)
  return () => images.release()
}
