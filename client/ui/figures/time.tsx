import { Tooltip } from '@mantine/core'
import { useMinute, useSecond } from '../clock.ts'
import { Duration } from './figures.tsx'
import { formatTime, formatTimeWhole, NONE } from './format.ts'
import { useZone } from '../preferences.ts'

/** A moment in the user's zone or in UTC, as chosen; whole, with its zone, when pointed at. */
export function Time({
  value,
  seconds = false,
}: {
  readonly value: string | null | undefined
  /** Whether seconds are told of other days too. */
  readonly seconds?: boolean
}) {
  const [zone] = useZone()
  const now = useMinute()
  if (value === null || value === undefined) return <span>{NONE}</span>
  return (
    // Not by touch: what it stands in is mostly opened by that, and the whole would hang over what was opened.
    <Tooltip label={formatTimeWhole(value, zone)} events={{ hover: true, focus: true, touch: false }}>
      <time dateTime={value} style={{ whiteSpace: 'nowrap' }}>
        {formatTime(value, zone, now, seconds)}
      </time>
    </Tooltip>
  )
}

/** How long something took, or takes so far. */
export function Elapsed({ from, to }: { readonly from: string | null; readonly to: string | null }) {
  const now = useSecond(from !== null && to === null)
  if (from === null) return <Duration seconds={null} />
  const end = to === null ? now : Date.parse(to)
  return <Duration seconds={Math.max(0, (end - Date.parse(from)) / 1000)} />
}
