import type { EndReason } from '../../../engines/edge/process/control.ts'

/** How a run is to end: as it was asked to, by itself, or because something failed. */
export type Ending =
  | { readonly status: 'COMPLETED' | 'STOPPED'; readonly reason: string | null }
  | { readonly status: 'FAILED'; readonly reason: string }

export const ENDINGS: Readonly<Record<Exclude<EndReason, 'FAILED'>, Ending>> = {
  COMPLETED: { status: 'COMPLETED', reason: null },
  STOPPED: { status: 'STOPPED', reason: 'Stopped on request.' },
}

/** This server is shut down, and no run outlives it in order. */
export const SHUT_DOWN: Ending = {
  status: 'STOPPED',
  reason: 'Stopped because its server was shut down.',
}

export const failedBy = (reason: string): Ending => ({ status: 'FAILED', reason })

/** Engines were told to stop, and this server neither did it nor was asked to. */
export const NOT_ASKED: Ending = {
  status: 'FAILED',
  reason: 'Its engines were told to stop, but not by this server: by a signal, or through Docker.',
}

/** A simulator that was taken over had ended in order, and said its last word to a server that is gone. */
export const UNHEARD_END: Ending = {
  status: 'FAILED',
  reason:
    'Its simulator ended in order about when its server did, and how was not heard: all that it told was answered for, but ' +
    'whether it had come to the end of its market is not known. Start it again to be sure.',
}
