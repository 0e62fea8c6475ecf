import type { IconName } from '../icons.tsx'

/** A page that can be gone to from anywhere. */
export interface Destination {
  readonly path: string
  readonly label: string
  readonly icon: IconName
  /** Its shortcut. */
  readonly keys: string
}

/** The pages, in the order of the navigation. */
export const destinations: readonly Destination[] = [
  { path: '/', label: 'Simulations', icon: 'simulations', keys: 'g s' },
  { path: '/new', label: 'New simulation', icon: 'new', keys: 'n' },
  { path: '/compare', label: 'Compare', icon: 'compare', keys: 'g c' },
  { path: '/configurations', label: 'Configurations', icon: 'configurations', keys: 'g f' },
  { path: '/algorithms', label: 'Algorithms', icon: 'algorithms', keys: 'g a' },
  // Not /health: that address is the server's own, for programs.
  { path: '/status', label: 'Health', icon: 'health', keys: 'g h' },
]
