import { useEffect, useState } from 'react'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'

/** How long it waits before it asks again for what could not be had. */
const RETRY_MS = 5_000

/**
 * Asks past the cache for something that a run keeps, until it is there, and again when `ask` is another function: what is
 * still on its way then is of no use any more.
 * @param ask throws what {@link sentenceOf} turns into a sentence
 * @param onAnswer must stay the same function
 * @returns why the last question was not answered; null: it was, or will be
 */
export function useStored<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  onAnswer: (answer: Answer) => void,
): Fault | null {
  const [fault, setFault] = useState<Fault | null>(null)
  useEffect(() => {
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = async (): Promise<void> => {
      try {
        const answer = await ask(abort.signal)
        if (abort.signal.aborted) return
        onAnswer(answer)
        setFault(null)
      } catch (error) {
        if (abort.signal.aborted) return
        setFault(sentenceOf(error as Error))
        timer = setTimeout(() => void load(), RETRY_MS)
      }
    }
    void load()
    return () => {
      clearTimeout(timer)
      abort.abort(new Error('The page was left.'))
    }
  }, [ask, onAnswer])
  return fault
}
