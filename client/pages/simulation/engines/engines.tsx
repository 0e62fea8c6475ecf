import { Link } from 'react-router'
import { StatusLight, type Standing } from '../../../ui/figures/status-light.tsx'
import { formatBytes, NONE } from '../../../ui/figures/format.ts'
import { Time } from '../../../ui/figures/time.tsx'
import { Section } from '../../../ui/panels/section.tsx'
import type { Engine, Run } from '../documents.ts'
import classes from '../page.module.css'

const ROLES = { STREAMER: 'Streamer', ALGORITHM: 'Algorithm', SIMULATOR: 'Simulator' } as const
const DUTIES = {
  STREAMER: 'takes the market in',
  ALGORITHM: 'turns it into signals',
  SIMULATOR: 'keeps the books',
} as const

const STANDINGS: Readonly<Record<string, readonly [Standing, string]>> = {
  starting: ['wait', 'Starting'],
  running: ['live', 'Running'],
  stopping: ['wait', 'Stopping'],
  exited: ['stopped', 'Ended'],
  released: ['done', 'Shared, no longer used'],
}

/** Whether an engine ended otherwise than in order. */
const isCrashed = ({ state, exitCode }: Engine): boolean => state === 'exited' && exitCode !== 0

function State({ engine }: { readonly engine: Engine }) {
  if (isCrashed(engine)) {
    return <StatusLight standing="fail" label={engine.exitCode === null ? 'Ended by force' : 'Crashed'} />
  }
  const [standing, label] = STANDINGS[engine.state] ?? ['done', engine.state]
  return <StatusLight standing={standing} label={label} />
}

/** Where its lines are among the logs of the run. */
const logOf = (role: Engine['role'] | null, level: string): string =>
  `?${new URLSearchParams({ tab: 'engines', level, ...(role === null ? {} : { role }) }).toString()}`

function EngineCard({ engine }: { readonly engine: Engine }) {
  const { role, launcher, pid, containerId, exitCode, startedAt, cpuPercent, memoryBytes, memoryLimitBytes } = engine
  const memory = memoryBytes === null ? NONE : formatBytes(memoryBytes)
  return (
    <Section
      framed
      title={ROLES[role]}
      aside={<span className={classes.muted}>{DUTIES[role]}</span>}
      actions={<State engine={engine} />}
    >
      <dl className={classes.counts}>
        <div>
          <dt>CPU</dt>
          <dd>{cpuPercent === null ? NONE : `${cpuPercent.toFixed(1)} %`}</dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd>{memoryLimitBytes === null ? memory : `${memory} of ${formatBytes(memoryLimitBytes)}`}</dd>
        </div>
        <div>
          <dt>Exit code</dt>
          <dd>{exitCode ?? NONE}</dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>
            <Time value={startedAt} />
          </dd>
        </div>
        <div>
          <dt>Runs as</dt>
          <dd>
            {launcher.toLowerCase()} {containerId?.slice(0, 12) ?? pid ?? ''}
          </dd>
        </div>
      </dl>
      <Link to={logOf(role, 'debug')} preventScrollReset className={classes.quietLink}>
        Its log
      </Link>
    </Section>
  )
}

/** Why a run failed, with the way to what the engine logged. */
export function CrashNotice({ run }: { readonly run: Run }) {
  if (run.status !== 'FAILED') return null
  const crashed = run.engines.find(isCrashed)
  return (
    <div role="alert" className={classes.crash}>
      <p>
        <strong>{run.statusReason ?? 'This simulation failed.'}</strong>
      </p>
      <p className={classes.muted}>
        {run.portfolio === null
          ? 'Nothing of it is stored but its log.'
          : 'What was stored of it before is on this page.'}{' '}
        <Link to={logOf(crashed?.role ?? null, 'debug')} preventScrollReset>
          {crashed === undefined ? 'See the logs' : `See the log of the ${ROLES[crashed.role].toLowerCase()}`}
        </Link>
      </p>
    </div>
  )
}

/** The processes of the run, as they are or as they ended. */
export function Engines({ run }: { readonly run: Run }) {
  if (run.engines.length === 0) {
    return (
      <p className={classes.note}>
        {run.mode === 'BACKTEST'
          ? 'A back-test runs within one process of its own while it lasts; none is there now.'
          : 'No engine is known of this run.'}
      </p>
    )
  }
  return (
    <div className={classes.groups}>
      {run.engines.map((engine) => (
        <EngineCard key={engine.role} engine={engine} />
      ))}
    </div>
  )
}
