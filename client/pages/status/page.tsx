import { Button } from '@mantine/core'
import { sentenceOf } from '../../graphql/fault.ts'
import { API_PATH } from '../../graphql/client.ts'
import { useSecond } from '../../ui/clock.ts'
import { formatDuration } from '../../ui/figures/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { PageHeader } from '../../ui/panels/page-header.tsx'
import { Section } from '../../ui/panels/section.tsx'
import { StatusLight } from '../../ui/figures/status-light.tsx'
import { Components, Sources, Standing } from './components.tsx'
import { Engines } from './engines.tsx'
import { Meters } from './meters.tsx'
import classes from './page.module.css'
import { PERIOD_MS, useLook } from './use-look.ts'

/** After so many missed answers what is shown is called old. */
const STALE_MS = 3 * PERIOD_MS

/** How old what is shown is. */
function Age({ answeredAt }: { readonly answeredAt: number }) {
  const now = useSecond(true)
  const age = Math.max(0, now - answeredAt)
  const words = formatDuration(age / 1000)
  if (age < STALE_MS) return <span className={classes.muted}>updated {words} ago</span>
  return <StatusLight standing="wait" label={`Old: the last answer came ${words} ago`} />
}

/** For programs and for who wants to see more. */
function Elsewhere() {
  return (
    <>
      <Button
        component="a"
        href={API_PATH}
        target="_blank"
        rel="noreferrer"
        variant="default"
        leftSection={<Icon name="playground" size={14} />}
      >
        Playground
      </Button>
      <Button
        component="a"
        href="/metrics"
        target="_blank"
        rel="noreferrer"
        variant="default"
        leftSection={<Icon name="compare" size={14} />}
      >
        Metrics
      </Button>
    </>
  )
}

/** How the platform is: its parts, its feeds, and what it uses of what it may. */
export function Page() {
  const { look, answeredAt, error, ask } = useLook()
  // That the server is gone is said above every page; what is known stays, with its age.
  const fault = error === null || (look !== null && error.networkError !== undefined) ? null : error
  return (
    <>
      <PageHeader
        title="Health"
        aside={
          look === null || answeredAt === null ? undefined : (
            <span className={classes.summary}>
              <Standing status={look.health.status} />
              <Age answeredAt={answeredAt} />
            </span>
          )
        }
        actions={<Elsewhere />}
      />
      {fault === null ? null : <ErrorPanel fault={sentenceOf(fault)} retry={ask} />}
      {look === null && fault === null ? <RowSkeletons rows={10} label="Loading how things are" /> : null}
      {look === null ? null : (
        <>
          <Section title="Components">
            <Components components={look.health.components} sources={look.sources} />
          </Section>
          <Section title="Resources">
            <Meters resources={look.resources} />
          </Section>
          <Section title="Engines" aside={look.resources.engines.length}>
            <Engines engines={look.resources.engines} />
          </Section>
          <Section title="Market data" aside={look.sources.length}>
            <Sources sources={look.sources} />
          </Section>
        </>
      )}
    </>
  )
}
