import { useId, type ReactNode } from 'react'
import classes from './section.module.css'

interface SectionProps {
  readonly title: string
  /** What everybody is told that it is, where its title changes; else the title. */
  readonly name?: string
  /** What is to be known of the whole at once, beside its title. */
  readonly aside?: ReactNode
  /** What can be done with it, at the end of the line. */
  readonly actions?: ReactNode
  /** Whether it stands in a frame of its own, in a grid with others. */
  readonly framed?: boolean
  readonly children: ReactNode
}

/** A part of a page, under a heading that names it to everybody. */
export function Section({ title, name, aside, actions, framed = false, children }: SectionProps) {
  const id = useId()
  const naming = name === undefined ? { 'aria-labelledby': id } : { 'aria-label': name }
  return (
    <section {...naming} className={framed ? classes.framed : classes.plain}>
      <div className={classes.head}>
        <h2 id={id}>{title}</h2>
        {aside === undefined ? null : <div className={classes.aside}>{aside}</div>}
        {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </section>
  )
}
