import { Tooltip } from '@mantine/core'
import classes from './page.module.css'

/** The name of a figure, and what it means when it is pointed at, touched, or come to by the keys. */
export function Term({ label, means }: { readonly label: string; readonly means: string }) {
  return (
    <Tooltip label={means}>
      <button type="button" className={classes.term} aria-label={`${label}: ${means}`}>
        {label} <span aria-hidden="true">?</span>
      </button>
    </Tooltip>
  )
}
