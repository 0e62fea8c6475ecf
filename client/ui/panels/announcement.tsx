import { useEffect, useState } from 'react'
import { createAnnouncer } from '../../live/announcer.ts'

/** A live region that nobody sees: says its text each time that it has changed, at most once a second, the newest first. */
export function Announcement({ text }: { readonly text: string }) {
  const [said, setSaid] = useState('')
  const [announcer] = useState(() =>
    createAnnouncer(
      {
        now: () => performance.now(),
        after(milliseconds, call) {
          const timer = setTimeout(call, milliseconds)
          return () => clearTimeout(timer)
        },
      },
      setSaid,
    ),
  )
  useEffect(() => announcer.announce(text), [announcer, text])
  useEffect(() => () => announcer.dispose(), [announcer])
  return (
    <div role="status" className="unseen">
      {said}
    </div>
  )
}
