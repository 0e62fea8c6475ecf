import { useMemo, useState } from 'react'
import { Button } from '@mantine/core'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { useClient } from 'urql'
import { sentenceOf, type Fault } from '../../graphql/fault.ts'
import { useLastingQuery } from '../../graphql/use-lasting-query.ts'
import { ConfirmDialog } from '../../ui/panels/confirm-dialog.tsx'
import type { DataColumn } from '../../ui/table/column.ts'
import { DataTable } from '../../ui/table/data-table.tsx'
import { download } from '../../ui/table/export.tsx'
import { NONE } from '../../ui/figures/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { PageHeader } from '../../ui/panels/page-header.tsx'
import { EmptyState, ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { Time } from '../../ui/figures/time.tsx'
import { Comparison } from './comparison.tsx'
import { ConfigurationQuery, DeleteMutation, ExportQuery, type Catalogue, type VersionRow } from './documents.ts'
import classes from './page.module.css'
import { changed, comparedOf, listSearch } from './search.ts'

/** What is done with a configuration as a whole; faults are shown by whoever asked. */
function useDeeds(id: string, name: string, onFault: (fault: Fault | null) => void) {
  const client = useClient()
  const save = async (): Promise<void> => {
    const { data, error } = await client.query(ExportQuery, { id }, { requestPolicy: 'network-only' })
    const document = data?.configuration?.export ?? null
    if (error !== undefined) return onFault(sentenceOf(error))
    if (document === null)
      return onFault({
        sentence: `"${name}" was deleted meanwhile.`,
        advice: 'There is nothing to export.',
        details: null,
      })
    onFault(null)
    const file = name.replace(/[^\p{L}\p{N}._-]+/gu, '-')
    download(`${file}.json`, 'application/json', `${JSON.stringify(document, null, 2)}\n`)
  }
  /** @returns whether it is gone */
  const remove = async (): Promise<boolean> => {
    const { data, error } = await client.mutation(DeleteMutation, { id })
    const [first] = data?.deleteConfiguration.userErrors ?? []
    if (error !== undefined) onFault(sentenceOf(error))
    else if (first !== undefined) onFault({ sentence: first.message, advice: 'Nothing was deleted.', details: null })
    else return true
    return false
  }
  return { save, remove }
}

function columnsFor(titles: ReadonlyMap<string, string>): readonly DataColumn<VersionRow>[] {
  return [
    { id: 'version', header: 'Version', width: '76px', align: 'end', cell: ({ version }) => version },
    { id: 'savedAt', header: 'Saved', width: '124px', cell: ({ savedAt }) => <Time value={savedAt} /> },
    { id: 'savedBy', header: 'By', width: 'minmax(100px, 0.6fr)', cell: ({ savedBy }) => savedBy ?? NONE },
    {
      id: 'algorithm',
      header: 'Algorithm',
      width: 'minmax(160px, 1fr)',
      cell: ({ algorithm }) => titles.get(algorithm) ?? algorithm,
    },
    { id: 'tags', header: 'Tags', width: 'minmax(110px, 1fr)', cell: ({ tags }) => tags.join(', ') || NONE },
    {
      id: 'notes',
      header: 'Notes',
      width: 'minmax(160px, 1.6fr)',
      cell: ({ notes }) => (notes === null ? NONE : <span title={notes}>{notes}</span>),
    },
  ]
}

/** A configuration: its versions, and what differs between two of them. */
export function Detail({ id, catalogue }: { readonly id: string; readonly catalogue: Catalogue | null }) {
  const [search, setSearch] = useSearchParams()
  const navigate = useNavigate()
  const [after, setAfter] = useState<string | null>(null)
  const [fault, setFault] = useState<Fault | null>(null)
  const [asked, setAsked] = useState(false)
  const [busy, setBusy] = useState(false)
  const [{ data, error, fetching, stale }, ask] = useLastingQuery({
    query: ConfigurationQuery,
    variables: { id, after },
    requestPolicy: 'cache-and-network',
  })
  const found = data?.configuration ?? null
  const { save, remove } = useDeeds(id, found?.name ?? '', setFault)
  const columns = useMemo(
    () => columnsFor(new Map(catalogue?.algorithms.map(({ name, title }) => [name, title]))),
    [catalogue],
  )
  const rows = useMemo(() => found?.versions.edges.map(({ node }) => node) ?? [], [found])
  const list = `?${String(listSearch(search))}`
  const back = (
    <Link to={list} className={classes.backLink}>
      <Icon name="previous" size={12} /> All configurations
    </Link>
  )
  if (found === null) {
    // What the cache makes of a part has no configuration either.
    const loading = fetching || stale
    const gone = !loading && error === undefined && data !== undefined
    return (
      <>
        <PageHeader title="Configuration" aside={back} />
        {loading ? <RowSkeletons rows={8} label="Loading the configuration" /> : null}
        {error === undefined || loading ? null : (
          <ErrorPanel fault={sentenceOf(error)} retry={() => ask({ requestPolicy: 'network-only' })} />
        )}
        {!gone ? null : (
          <EmptyState
            icon="configurations"
            title="There is no such configuration"
            actions={
              <Button component={Link} to={list} variant="default">
                All configurations
              </Button>
            }
          >
            It may have been deleted.
          </EmptyState>
        )}
      </>
    )
  }
  const { version, against } = comparedOf(search, found.version)
  const go = (words: Readonly<Record<string, string | null>>): void => setSearch(changed(search, words))
  const confirm = async (): Promise<void> => {
    setBusy(true)
    const gone = await remove()
    setBusy(false)
    setAsked(false)
    if (gone) void navigate(list, { replace: true })
  }
  return (
    <>
      <PageHeader
        title={found.name}
        aside={back}
        actions={
          <>
            <Button
              component={Link}
              to={`/new?${String(new URLSearchParams({ configuration: id, version: String(version) }))}`}
              leftSection={<Icon name="new" size={14} />}
            >
              Use version {version}
            </Button>
            <Button variant="default" leftSection={<Icon name="download" size={14} />} onClick={() => void save()}>
              Export
            </Button>
            <Button variant="default" leftSection={<Icon name="delete" size={14} />} onClick={() => setAsked(true)}>
              Delete
            </Button>
          </>
        }
      />
      {fault === null ? null : (
        <div className={classes.faults}>
          <ErrorPanel fault={fault} />
        </div>
      )}
      <h2 className={classes.heading}>Versions</h2>
      <DataTable
        label="Versions"
        columns={columns}
        rows={rows}
        rowId={(one) => String(one.version)}
        onOpen={(one) => go({ version: String(one.version), against: null })}
        maxHeight="19rem"
      />
      {found.versions.pageInfo.hasNextPage ? (
        <Button variant="subtle" color="gray" mt="sm" onClick={() => setAfter(found.versions.pageInfo.endCursor)}>
          Older versions
        </Button>
      ) : null}
      <h2 className={classes.heading}>What it holds</h2>
      <Comparison
        id={id}
        version={version}
        against={against}
        only={search.get('only') === '1'}
        versions={rows.map((one) => one.version)}
        catalogue={catalogue}
        onChange={go}
      />
      <ConfirmDialog
        opened={asked}
        title={`Delete "${found.name}"?`}
        action="Delete"
        busy={busy}
        onConfirm={() => void confirm()}
        onClose={() => setAsked(false)}
      >
        {found.version === 1 ? 'It goes' : `All ${found.version} versions go`} for good. Simulations keep the parameters
        that they ran with. Export it first if it may be wanted again.
      </ConfirmDialog>
    </>
  )
}
