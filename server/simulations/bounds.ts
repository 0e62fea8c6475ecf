/** How long a chain that finishes what is on its way after a stop may stand still before it is given up. */
export const DRAIN_STILL_MS = 5_000
/** How long it may take in all, while it moves. */
export const DRAIN_MOST_MS = 15_000
/** How long a simulator may take to hand over its last events where the chain did not end in order. */
export const HAND_OVER_MS = 3_000
/** How long an engine that has nothing to hand over may take to end before it is killed. */
export const LEAVE_MS = 1_000
/** How long a run that is over waits for events that only Redis can have, while nothing comes out of it. */
export const REDIS_MS = 120_000
/** How often figures of a run that goes on are written. */
export const FIGURES_EVERY_MS = 2_000
