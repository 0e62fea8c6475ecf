import type { ReactNode } from 'react'
import { Button, Skeleton } from '@mantine/core'
import type { Fault } from '../../graphql/fault.ts'
import { Icon, type IconName } from '../icons.tsx'
import classes from './panels.module.css'

interface EmptyStateProps {
  readonly icon: IconName
  readonly title: string
  /** What there would be, and how to get it. */
  readonly children: ReactNode
  readonly actions?: ReactNode
}

/** What stands where there is nothing yet. */
export function EmptyState({ icon, title, children, actions }: EmptyStateProps) {
  return (
    <div className={classes.panel}>
      <span className={classes.icon}>
        <Icon name={icon} size={28} />
      </span>
      <h2 style={{ margin: 0, fontSize: 'var(--mantine-font-size-lg)', fontWeight: 600 }}>{title}</h2>
      <div className={classes.text}>{children}</div>
      {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
    </div>
  )
}

/** A fault: the sentence, what to do, and the details folded away. */
export function ErrorPanel({ fault, retry }: { readonly fault: Fault; readonly retry?: () => void }) {
  return (
    <div role="alert" className={classes.fault}>
      <p className={classes.sentence}>{fault.sentence}</p>
      <p className={classes.text}>{fault.advice}</p>
      {fault.details === null ? null : (
        <details>
          <summary>Details</summary>
          <pre>{fault.details}</pre>
        </details>
      )}
      {retry === undefined ? null : (
        <Button variant="default" mt="sm" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** What stands where rows are on their way. */
export function RowSkeletons({ rows, label }: { readonly rows: number; readonly label: string }) {
  return (
    <div role="status" aria-label={label}>
      {Array.from({ length: rows }, (_none, index) => (
        <Skeleton key={index} height={14} my={11} radius="sm" width={`${96 - ((index * 17) % 23)}%`} />
      ))}
    </div>
  )
}
