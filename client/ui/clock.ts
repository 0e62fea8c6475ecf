import { useSyncExternalStore } from 'react'
import { frames } from '../live/frame.ts'

/** One timer for everybody who looks at the same hand of the clock; it goes only while somebody looks, and with all else that moves. */
function createHand(period: number) {
  const listeners = new Set<() => void>()
  let time = Date.now()
  let timer: ReturnType<typeof setInterval> | null = null
  const tick = (): void => {
    time = Date.now()
    for (const listener of listeners) listener()
  }
  return {
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      if (timer === null) {
        time = Date.now()
        timer = setInterval(() => frames.request(tick), period)
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0 || timer === null) return
        clearInterval(timer)
        frames.cancel(tick)
        timer = null
      }
    },
    read: () => time,
  }
}

const second = createHand(1_000)
const minute = createHand(60_000)
const still = (): (() => void) => () => undefined

/** Milliseconds since 1970, anew each second while `running`. */
export function useSecond(running: boolean): number {
  return useSyncExternalStore(running ? second.subscribe : still, second.read)
}

/** Milliseconds since 1970, anew each minute: for what changes with the day. */
export function useMinute(): number {
  return useSyncExternalStore(minute.subscribe, minute.read)
}
