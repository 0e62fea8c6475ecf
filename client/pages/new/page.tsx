import { useState } from 'react'
import { Button } from '@mantine/core'
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router'
import { sentenceOf } from '../../graphql/fault.ts'
import { useLastingQuery } from '../../graphql/use-lasting-query.ts'
import { PageHeader } from '../../ui/panels/page-header.tsx'
import { EmptyState, ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { useBase } from './draft/base.ts'
import { FormQuery, LaunchersQuery, SourcesQuery } from './documents.ts'
import type { Market } from './draft/draft.ts'
import { Form } from './form/form.tsx'
import { forgetDraft, keptDraft } from './draft/kept-drafts.ts'
import { keyOf, originOf, presetSearch } from './draft/origin.ts'
import classes from './page.module.css'
import { Presets } from './form/presets.tsx'
import type { Saved } from './form/save-dialog.tsx'

/** What goes from one form to the next with the address: where and when it is to run, and what to say. */
interface Carried {
  readonly market?: Market | null
  readonly saved?: string
}

/** Chooses algorithm, parameters and market, and starts a simulation with them. */
export function Page() {
  const [search] = useSearchParams()
  const navigate = useNavigate()
  const carried = (useLocation().state ?? {}) as Carried
  const origin = originOf(search)
  const key = keyOf(origin)
  const [form, ask] = useLastingQuery({ query: FormQuery, variables: {}, requestPolicy: 'cache-and-network' })
  const [sources] = useLastingQuery({ query: SourcesQuery, variables: {}, requestPolicy: 'cache-and-network' })
  const [launchers] = useLastingQuery({ query: LaunchersQuery, variables: {}, requestPolicy: 'cache-and-network' })
  const state = useBase(origin, form.data ?? null, carried.market ?? null)
  // Another number draws another form.
  const [attempt, setAttempt] = useState(0)

  const begin = (preset: { readonly id: string; readonly version: number } | null): void => {
    const next = preset === null ? '' : presetSearch(preset.id, preset.version)
    forgetDraft(keyOf(originOf(new URLSearchParams(next))))
    const typed = keptDraft(key) ?? (state.kind === 'ready' ? state.base.draft : null)
    const words: Carried = { market: typed?.market ?? null }
    void navigate({ search: next }, { state: words })
  }
  const saved = ({ id, name, version }: Saved, market: Market): void => {
    const next = presetSearch(id, version)
    forgetDraft(keyOf(originOf(new URLSearchParams(next))))
    const words: Carried = { market, saved: `Saved as version ${version} of "${name}".` }
    void navigate({ search: next }, { state: words, replace: true })
  }
  const failed = form.data === undefined && form.error !== undefined
  return (
    <>
      <PageHeader title="New simulation" aside={<span role="status">{carried.saved}</span>} />
      {failed ? (
        <ErrorPanel fault={sentenceOf(form.error)} retry={() => ask({ requestPolicy: 'network-only' })} />
      ) : null}
      {!failed && state.kind === 'loading' ? <RowSkeletons rows={10} label="Loading the form" /> : null}
      {state.kind === 'failed' ? (
        <>
          <ErrorPanel fault={sentenceOf(state.error)} retry={state.retry} />
          <Button component={Link} to="/new" variant="default" mt="md">
            Begin with the defaults
          </Button>
        </>
      ) : null}
      {form.data?.algorithms.length === 0 ? (
        <EmptyState icon="algorithms" title="This server has no algorithm">
          Write one in a file of its own, in <code>engines/algorithm/strategies</code>, and start the server again.
        </EmptyState>
      ) : state.kind === 'ready' && form.data !== undefined ? (
        <div className={classes.layout}>
          <div className={classes.presets}>
            {state.base.missing === null ? null : (
              <p role="alert" className={classes.notice}>
                {state.base.missing}
              </p>
            )}
            <Presets base={state.base} onChoose={begin} />
          </div>
          <Form
            key={`${key} ${attempt}`}
            origin={key}
            base={state.base}
            catalogue={form.data}
            sources={sources.data?.sources ?? null}
            launchers={launchers.data?.launchers ?? null}
            onReset={() => setAttempt(attempt + 1)}
            onSaved={saved}
            justSaved={carried.saved !== undefined}
          />
        </div>
      ) : null}
    </>
  )
}
