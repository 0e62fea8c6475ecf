import { useRef } from 'react'
import { useDraw, type Watchable } from '../../live/use-live.ts'
import { write } from '../../live/write.ts'
import { NONE } from './format.ts'

interface LiveTextProps {
  readonly source: Watchable
  /** What is to be read there now; null: a dash. */
  readonly text: () => string | null
  readonly className?: string | undefined
}

/** A text that moves: drawn at most once a frame, past React. */
export function LiveText({ source, text, className }: LiveTextProps) {
  const place = useRef<HTMLSpanElement>(null)
  useDraw(source, () => {
    const words = text() ?? NONE
    if (place.current !== null) write(place.current, words)
  })
  return <span ref={place} className={className} style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }} />
}
