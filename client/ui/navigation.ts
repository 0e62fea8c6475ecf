import type { IconName } from './icons.tsx'

/** A page that can be gone to from anywhere. */
export interface Destination {
  readonly path: string
  readonly label: string
  readonly icon: IconName
  /** Its shortcut. */
  readonly keys: string
  /** Whether the page is there; one that is not yet is not offered anywhere. */
  readonly built: boolean
}

/** The pages, in the order of the navigation. Whoever builds one sets its `built`. */
export const DESTINATIONS: readonly Destination[] = [
  { path: '/', label: 'Simulations', icon: 'simulations', keys: 'g s', built: true },
  { path: '/new', label: 'New simulation', icon: 'new', keys: 'n', built: true },
  { path: '/compare', label: 'Compare', icon: 'compare', keys: 'g c', built: true },
  { path: '/configurations', label: 'Configurations', icon: 'configurations', keys: 'g f', built: true },
  { path: '/algorithms', label: 'Algorithms', icon: 'algorithms', keys: 'g a', built: true },
  // Not /health: that address is the server's own, for programs.
  { path: '/status', label: 'Health', icon: 'health', keys: 'g h', built: true },
]

/** What the navigation offers. */
export const destinations = DESTINATIONS.filter(({ built }) => built)

/** Whether a page is there to be gone to. */
export function isBuilt(path: string): boolean {
  return destinations.some((one) => one.path === path)
}
