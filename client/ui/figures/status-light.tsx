import type { ReactNode } from 'react'
import classes from './status-light.module.css'

/** How something stands: shape, colour and word all say the same. */
export type Standing = 'live' | 'wait' | 'done' | 'stopped' | 'fail'

const SHAPES: Readonly<Record<Standing, ReactNode>> = {
  live: <circle cx="5" cy="5" r="4" fill="currentColor" className={classes.beat} />,
  wait: <path d="M5 1a4 4 0 1 1-4 4" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />,
  done: <path d="M1.5 5.5l2.5 2.5L8.5 2.5" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />,
  stopped: <rect x="1.5" y="1.5" width="7" height="7" rx="1" fill="currentColor" />,
  fail: <path d="M5 .8L9.6 9H.4z" fill="currentColor" />,
}
const COLOURS: Readonly<Record<Standing, string>> = {
  live: 'live',
  wait: 'wait',
  done: 'done',
  stopped: 'done',
  fail: 'fail',
}

/** A light with its word. */
export function StatusLight({ standing, label }: { readonly standing: Standing; readonly label: string }) {
  return (
    <span className={classes.light}>
      <svg
        aria-hidden="true"
        width="10"
        height="10"
        viewBox="0 0 10 10"
        className={`${classes.shape} ${classes[COLOURS[standing]]}`}
      >
        {SHAPES[standing]}
      </svg>
      {label}
    </span>
  )
}

const RUNS: Readonly<Record<string, readonly [Standing, string]>> = {
  STARTING: ['wait', 'Starting'],
  RUNNING: ['live', 'Running'],
  STOPPING: ['wait', 'Stopping'],
  COMPLETED: ['done', 'Completed'],
  STOPPED: ['stopped', 'Stopped'],
  FAILED: ['fail', 'Failed'],
}

/** The light of a run, by its status in the API. */
export function RunStatus({ status }: { readonly status: string }) {
  const [standing, label] = RUNS[status] ?? ['done', status]
  return <StatusLight standing={standing} label={label} />
}
