import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** A tape's file, open for writing at its end. Each of its calls rejects where the disk is full, or must not be written. */
export interface TapeHandle {
  append(bytes: Uint8Array): Promise<void>
  truncate(bytes: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** Where tapes are written; tests hand in one that fills up when they say so. */
export interface TapeDisk {
  holds(path: string): boolean
  /** @param mode `w`: begins anew; `a`: goes on at the end. */
  open(path: string, mode: 'w' | 'a'): Promise<TapeHandle>
}

/** The machine's disk. */
export const tapeDisk: TapeDisk = {
  holds: existsSync,
  async open(path, mode) {
    // Appending in both cases: after a part is cut off, a handle that remembered its place would leave zeros there.
    const handle = await open(path, 'a')
    try {
      if (mode === 'w') await handle.truncate(0)
    } catch (error) {
      await handle.close()
      throw error
    }
    return {
      append: (bytes) => handle.appendFile(bytes),
      truncate: (bytes) => handle.truncate(bytes),
      sync: () => handle.sync(),
      close: () => handle.close(),
    }
  },
}
