import { useId, type ReactNode } from 'react'
import classes from './section.module.css'

interface SectionProps {
  readonly title: string
  /** What is to be known of the whole at once, beside its title. */
  readonly aside?: ReactNode
  /** What can be done with it, at the end of the line. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A part of a page, under a heading that names it to everybody. */
export function Section({ title, aside, actions, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={classes.section}>
      <div className={classes.head}>
        <h2 id={id}>{title}</h2>
        {aside === undefined ? null : <div className={classes.aside}>{aside}</div>}
        {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </section>
  )
}
