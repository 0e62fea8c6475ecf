import { Link } from 'react-router'
import type { DataColumn } from '../../ui/table/column.ts'
import { DataTable } from '../../ui/table/data-table.tsx'
import { formatBytes, NONE } from '../../ui/figures/format.ts'
import { StatusLight, type Standing } from '../../ui/figures/status-light.tsx'
import { Time } from '../../ui/figures/time.tsx'
import type { Engine } from './documents.ts'
import { Use } from './meters.tsx'
import classes from './page.module.css'

const ROLES: Readonly<Record<Engine['role'], string>> = {
  STREAMER: 'Streamer',
  ALGORITHM: 'Algorithm',
  SIMULATOR: 'Simulator',
}
const STATES: Readonly<Record<string, readonly [Standing, string]>> = {
  starting: ['wait', 'Starting'],
  running: ['live', 'Running'],
  stopping: ['wait', 'Stopping'],
  exited: ['stopped', 'Exited'],
  released: ['stopped', 'Released'],
}

function Served({ id }: { readonly id: string | null }) {
  if (id === null) return <span className={classes.muted}>shared</span>
  return (
    <Link to={`/simulations/${encodeURIComponent(id)}`} tabIndex={-1}>
      Open
      <span className="unseen"> its simulation</span>
    </Link>
  )
}

const percent = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`

const COLUMNS: readonly DataColumn<Engine>[] = [
  {
    id: 'role',
    header: 'Engine',
    width: 'minmax(104px, 1fr)',
    sortBy: ({ role }) => role,
    cell: ({ role }) => ROLES[role],
  },
  {
    id: 'state',
    header: 'State',
    width: '108px',
    sortBy: ({ state }) => state,
    cell: ({ state }) => {
      const [standing, label] = STATES[state] ?? ['wait', state]
      return <StatusLight standing={standing} label={label} />
    },
  },
  { id: 'run', header: 'Simulation', width: '92px', cell: ({ simulationId }) => <Served id={simulationId} /> },
  {
    id: 'cpu',
    header: 'Processor',
    width: '132px',
    align: 'end',
    sortBy: ({ cpuPercent }) => cpuPercent,
    cell: ({ cpuPercent, cpuLimit }) => (
      <Use value={cpuPercent} limit={cpuLimit === null ? null : cpuLimit * 100} show={percent} />
    ),
  },
  {
    id: 'memory',
    header: 'Memory',
    width: '152px',
    align: 'end',
    sortBy: ({ memoryBytes }) => (memoryBytes === null ? null : Number(memoryBytes)),
    cell: ({ memoryBytes, memoryLimitBytes }) => (
      <Use
        value={memoryBytes === null ? null : Number(memoryBytes)}
        limit={memoryLimitBytes === null ? null : Number(memoryLimitBytes)}
        show={formatBytes}
      />
    ),
  },
  {
    id: 'where',
    header: 'Runs as',
    width: 'minmax(150px, 1fr)',
    cell: ({ launcher, pid, containerId }) => {
      const id = containerId === null ? (pid === null ? NONE : `process ${pid}`) : containerId.slice(0, 12)
      return launcher === 'PROCESS' ? id : `${launcher.toLowerCase()} ${id}`
    },
  },
  {
    id: 'started',
    header: 'Started',
    width: '110px',
    align: 'end',
    sortBy: ({ startedAt }) => startedAt,
    cell: ({ startedAt }) => <Time value={startedAt} />,
  },
]

const idOf = ({ role, pid, containerId, simulationId }: Engine): string =>
  [role, containerId ?? pid, simulationId].join(' ')

/** Every engine that this server runs now, with what it uses. */
export function Engines({ engines }: { readonly engines: readonly Engine[] }) {
  if (engines.length === 0) return <p className={classes.muted}>No simulation runs now, so there is no engine.</p>
  return <DataTable label="Engines" columns={COLUMNS} rows={engines} rowId={idOf} maxHeight="26rem" />
}
