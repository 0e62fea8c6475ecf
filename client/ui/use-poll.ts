import { useEffect } from 'react'
import { useConnection } from './connection-context.ts'

/**
 * Asks again and again while the page is in sight and the server is there; once it is back, everything is asked again
 * anyway.
 * @param ask must stay the same function; null: nothing is asked
 * @param period milliseconds
 */
export function usePoll(ask: (() => void) | null, period: number): void {
  const connection = useConnection()
  useEffect(() => {
    if (ask === null) return undefined
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && connection.state().kind === 'connected') ask()
    }, period)
    return () => clearInterval(timer)
  }, [ask, period, connection])
}
