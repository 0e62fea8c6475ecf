import { ActionIcon } from '@mantine/core'
import { Icon } from '../icons.tsx'
import classes from './paging.module.css'

interface PagingProps {
  /** From 1. */
  readonly page: number
  /** null: there is none before. */
  readonly onBack: (() => void) | null
  /** null: there is none after. */
  readonly onOn: (() => void) | null
}

/** From page to page of a list; nothing where one page holds all. */
export function Paging({ page, onBack, onOn }: PagingProps) {
  if (onBack === null && onOn === null) return null
  return (
    <nav className={classes.foot} aria-label="Pages of the list">
      <ActionIcon aria-label="Page before" disabled={onBack === null} onClick={() => onBack?.()}>
        <Icon name="previous" />
      </ActionIcon>
      Page {page}
      <ActionIcon aria-label="Next page" disabled={onOn === null} onClick={() => onOn?.()}>
        <Icon name="next" />
      </ActionIcon>
    </nav>
  )
}
