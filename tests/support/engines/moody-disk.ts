import { tapeDisk, type TapeDisk } from '../../../engines/edge/tape/disk.ts'

/** A disk that is full, or read-only, when the test says so; a full one still takes a part of what it is given. */
export function moodyDisk() {
  const state = { full: false, readOnly: false }
  const check = (): void => {
    if (state.readOnly) throw new Error('EROFS: read-only file system')
  }
  const disk: TapeDisk = {
    holds: (path) => tapeDisk.holds(path),
    async open(path, mode) {
      check()
      const handle = await tapeDisk.open(path, mode)
      return {
        ...handle,
        async append(bytes) {
          check()
          // As it is when it is asked: what fills up later refuses nothing that is written by then.
          const { full } = state
          await handle.append(full ? bytes.subarray(0, bytes.length >> 1) : bytes)
          if (full) throw new Error('ENOSPC: no space left on device')
        },
        async truncate(bytes) {
          check()
          await handle.truncate(bytes)
        },
      }
    },
  }
  return { disk, state }
}
