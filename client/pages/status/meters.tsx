import type { ReactNode } from 'react'
import { formatBytes, formatCount, formatPercent } from '../../ui/figures/format.ts'
import { Icon } from '../../ui/icons.tsx'
import type { Resources } from './documents.ts'
import classes from './meters.module.css'

/** From this share on it is told that there is little left. */
const NEARLY = 0.9

interface MeterProps {
  readonly name: string
  /** null: not known. */
  readonly value: number | null
  /** null: nothing holds it back, so that there is no bar. */
  readonly limit: number | null
  readonly show: (value: number) => string
  /** What else is to be known of it. */
  readonly children?: ReactNode
}

/** How much of something is in use, against what there may be. */
function Meter({ name, value, limit, show, children }: MeterProps) {
  const share = value === null || limit === null || limit === 0 ? null : value / limit
  const nearly = share !== null && share >= NEARLY
  const used = value === null ? 'not known yet' : show(value)
  const words = limit === null || limit === 0 ? used : `${used} of ${show(limit)}`
  return (
    <li className={classes.meter}>
      <span className={classes.name}>{name}</span>
      <span className={classes.figure}>{words}</span>
      {share === null ? (
        <span className={classes.unbound} />
      ) : (
        <div
          role="meter"
          aria-label={name}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(Math.min(1, share) * 100)}
          aria-valuetext={words}
          className={classes.bar}
        >
          <div className={nearly ? classes.nearly : classes.fill} style={{ width: formatWidth(share) }} />
        </div>
      )}
      <span className={classes.note}>
        {nearly ? (
          <span className={classes.warning}>
            <Icon name="warning" size={12} /> Nearly all is in use.{' '}
          </span>
        ) : null}
        {children}
      </span>
    </li>
  )
}

const formatWidth = (share: number): string => `${(Math.min(1, share) * 100).toFixed(1)}%`

/** What the platform uses of what it may. */
export function Meters({ resources }: { readonly resources: Resources }) {
  const { database, eventQueue, tapes, cpuLimit, cpuCount, memoryLimitBytes, totalMemoryBytes } = resources
  const recorded = Number(tapes.limitBytes) > 0
  const processors = cpuLimit ?? cpuCount
  const cpu = resources.serverCpuPercent
  return (
    <ul className={classes.meters}>
      <Meter
        name="Simulations"
        value={resources.runningSimulations}
        limit={resources.maxSimulations}
        show={formatCount}
      >
        {formatCount(resources.runningEngines)} engines run for them.
      </Meter>
      <Meter
        name="Server, processors"
        value={cpu === null ? null : cpu / 100}
        limit={processors}
        show={(value) => (Number.isInteger(value) ? String(value) : value.toFixed(2))}
      >
        {cpuLimit === null ? "The machine's; the engines share them." : "The container's limit."}
      </Meter>
      <Meter
        name="Server, memory"
        value={Number(resources.serverMemoryBytes)}
        limit={Number(memoryLimitBytes ?? totalMemoryBytes)}
        show={formatBytes}
      >
        {memoryLimitBytes === null ? "The machine's; the engines share it." : "The container's limit."}
      </Meter>
      <Meter name="Database connections" value={database.open} limit={database.size} show={formatCount}>
        {database.idle} idle, {database.waiting} queries wait for one.
      </Meter>
      <Meter name="Events to be stored" value={eventQueue.waiting} limit={eventQueue.bound} show={formatCount}>
        From the limit on, engines wait.
      </Meter>
      <Meter
        name="Tapes"
        value={Number(tapes.bytes)}
        limit={recorded ? Number(tapes.limitBytes) : null}
        show={formatBytes}
      >
        {recorded ? 'From the limit on, live sources are not recorded.' : 'Live sources are not recorded here.'}
      </Meter>
    </ul>
  )
}

/** A part of a whole in per cent, or the plain amount where nothing holds it back. */
export function Use({
  value,
  limit,
  show,
}: {
  readonly value: number | null
  readonly limit: number | null
  readonly show: (value: number) => string
}) {
  if (value === null) return <span className={classes.note}>not known</span>
  if (limit === null) return <span>{show(value)}</span>
  return (
    <span title={`${formatPercent(value / limit, { digits: 0 })} of the limit`}>
      {show(value)} <span className={classes.note}>of {show(limit)}</span>
    </span>
  )
}
