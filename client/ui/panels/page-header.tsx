import type { ReactNode } from 'react'
import classes from '../shell/shell.module.css'

/** The head of a page: its name, what is to be known of it at once, and what can be done. Sets the window's title. */
export function PageHeader(props: {
  readonly title: string
  readonly aside?: ReactNode
  readonly actions?: ReactNode
}) {
  const { title, aside, actions } = props
  return (
    <div className={classes.header}>
      <title>{`${title} · AW-Trade`}</title>
      <h1>{title}</h1>
      {aside === undefined ? null : <div className={classes.aside}>{aside}</div>}
      {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
    </div>
  )
}
