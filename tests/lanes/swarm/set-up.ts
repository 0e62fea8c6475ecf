/** The same Docker with the images as the lane `docker` has, built for once: the hosts take them from there. */
export { default } from '../docker/set-up.ts'
