import { Link, useSearchParams } from 'react-router'
import { sentenceOf } from '../../graphql/fault.ts'
import { useLastingQuery } from '../../graphql/use-lasting-query.ts'
import { EmptyState, ErrorPanel, RowSkeletons } from '../../ui/panels/panels.tsx'
import { PageHeader } from '../../ui/panels/page-header.tsx'
import { Details } from './details.tsx'
import { CatalogQuery } from './documents.ts'
import classes from './page.module.css'

/** The algorithms there are: which one is looked at is in the address. */
export function Page() {
  const [search] = useSearchParams()
  const [{ data, error }, ask] = useLastingQuery({ query: CatalogQuery, requestPolicy: 'cache-and-network' })
  const algorithms = data?.algorithms ?? []
  const named = search.get('name')
  const shown = named === null ? algorithms[0] : algorithms.find(({ name }) => name === named)
  const record = data?.performance.byAlgorithm.find(({ algorithm }) => algorithm === shown?.name) ?? null
  // That the server is gone is said above every page; what is known stays.
  const fault = error === undefined || (data !== undefined && error.networkError !== undefined) ? null : error
  return (
    <>
      <PageHeader title="Algorithms" aside={data === undefined ? undefined : algorithms.length} />
      {fault === null ? null : (
        <ErrorPanel fault={sentenceOf(fault)} retry={() => ask({ requestPolicy: 'network-only' })} />
      )}
      {data === undefined && fault === null ? <RowSkeletons rows={10} label="Loading the algorithms" /> : null}
      {data !== undefined && algorithms.length === 0 ? (
        <EmptyState icon="algorithms" title="There is no algorithm">
          Write one file in <code>engines/algorithm/strategies</code>; CONTRIBUTING.md says how. The next start lists
          it.
        </EmptyState>
      ) : null}
      {algorithms.length === 0 ? null : (
        <div className={classes.columns}>
          <nav aria-label="Algorithms" className={classes.list}>
            {algorithms.map(({ id, name, title }) => (
              <Link
                key={id}
                to={`/algorithms?name=${encodeURIComponent(name)}`}
                className={classes.entry}
                aria-current={name === shown?.name ? 'true' : undefined}
              >
                {title}
              </Link>
            ))}
          </nav>
          {shown === undefined ? (
            <EmptyState icon="algorithms" title="There is no such algorithm">
              Nothing is called <code>{named}</code> here. It may have been renamed or taken out.
            </EmptyState>
          ) : (
            <Details key={shown.id} algorithm={shown} record={record} />
          )}
        </div>
      )}
    </>
  )
}
