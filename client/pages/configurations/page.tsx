import { useMemo, useState } from 'react'
import { Button } from '@mantine/core'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { sentenceOf } from '../../graphql/fault.ts'
import { useLastingQuery } from '../../graphql/use-lasting-query.ts'
import { Icon } from '../../ui/icons.tsx'
import { PageHeader } from '../../ui/panels/page-header.tsx'
import { Paging } from '../../ui/table/paging.tsx'
import { EmptyState, ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { Detail } from './detail.tsx'
import { CatalogueQuery, ConfigurationsQuery, type Catalogue } from './documents.ts'
import { ImportDialog } from './import-dialog.tsx'
import { Filters, List } from './list.tsx'
import classes from './page.module.css'
import { changed, isFiltered, pageAfter, pageBefore, pageOf, variablesOf } from './search.ts'

/** What stands where the list is empty. */
function Nothing({ filtered, onward }: { readonly filtered: boolean; readonly onward: boolean }) {
  if (filtered || onward) {
    return (
      <EmptyState
        icon="configurations"
        title={onward ? 'Nothing on this page' : 'No configuration is like this'}
        actions={
          <Button component={Link} to="/configurations" variant="default">
            Show all
          </Button>
        }
      >
        {onward ? 'What was here may have been deleted.' : 'Tags are looked for whole, in the newest version of each.'}
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon="configurations"
      title="No configuration yet"
      actions={
        <Button component={Link} to="/new" leftSection={<Icon name="new" size={14} />}>
          New simulation
        </Button>
      }
    >
      A configuration keeps an algorithm with its parameters under a name, in versions. It is saved where a new
      simulation is put together, or imported from a file.
    </EmptyState>
  )
}

function AllConfigurations({ catalogue }: { readonly catalogue: Catalogue | null }) {
  const [search, setSearch] = useSearchParams()
  const navigate = useNavigate()
  const [importing, setImporting] = useState(false)
  const variables = useMemo(() => variablesOf(search), [search])
  const [{ data, error }, ask] = useLastingQuery({
    query: ConfigurationsQuery,
    variables,
    requestPolicy: 'cache-and-network',
  })
  const found = data?.configurations
  const rows = useMemo(() => found?.edges.map(({ node }) => node), [found])
  const go = (words: Readonly<Record<string, string | null>>): void => setSearch(changed(search, words))
  const shown = error !== undefined && !(rows !== undefined && error.networkError !== undefined)
  const page = pageOf(search)
  const onward = page > 1
  const end = found?.pageInfo.hasNextPage === true ? found.pageInfo.endCursor : null
  const filtered = isFiltered(search)
  return (
    <>
      <PageHeader
        title="Configurations"
        actions={
          <Button variant="default" leftSection={<Icon name="upload" size={14} />} onClick={() => setImporting(true)}>
            Import
          </Button>
        }
      />
      {rows?.length === 0 && !filtered && !onward ? null : (
        <Filters search={search} catalogue={catalogue} onChange={go} />
      )}
      {shown ? (
        <div className={classes.faults}>
          <ErrorPanel fault={sentenceOf(error)} retry={() => ask({ requestPolicy: 'network-only' })} />
        </div>
      ) : null}
      {rows === undefined && error === undefined ? <RowSkeletons rows={8} label="Loading configurations" /> : null}
      {rows?.length === 0 ? <Nothing filtered={filtered} onward={onward} /> : null}
      {rows === undefined || rows.length === 0 ? null : (
        <List search={search} configurations={rows} catalogue={catalogue} />
      )}
      <Paging
        page={page}
        onBack={onward ? () => setSearch(pageBefore(search)) : null}
        onOn={end === null ? null : () => setSearch(pageAfter(search, end))}
      />
      {importing ? (
        <ImportDialog
          onClose={() => setImporting(false)}
          onImported={(id) => void navigate(`?${String(new URLSearchParams({ configuration: id }))}`)}
        />
      ) : null}
    </>
  )
}

/** Named, versioned sets of parameters: all of them, or the one that the address names. */
export function Page() {
  const [search] = useSearchParams()
  const [{ data }] = useLastingQuery({ query: CatalogueQuery, variables: {} })
  const id = search.get('configuration') ?? ''
  const catalogue = data ?? null
  return id === '' ? <AllConfigurations catalogue={catalogue} /> : <Detail key={id} id={id} catalogue={catalogue} />
}
