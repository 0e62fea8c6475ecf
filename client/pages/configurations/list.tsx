import { useMemo, useState } from 'react'
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import type { DataColumn } from '../../ui/table/column.ts'
import { DataTable } from '../../ui/table/data-table.tsx'
import { NONE } from '../../ui/figures/format.ts'
import { Time } from '../../ui/figures/time.tsx'
import type { Catalogue, Configuration } from './documents.ts'
import classes from './page.module.css'
import { changed, isFiltered } from './search.ts'

interface FiltersProps {
  readonly search: URLSearchParams
  readonly catalogue: Catalogue | null
  readonly onChange: (words: Readonly<Record<string, string | null>>) => void
}

function TagFilter({ given, onChange }: { readonly given: string } & Pick<FiltersProps, 'onChange'>) {
  const [typed, setTyped] = useState(given)
  const commit = (): void => {
    if (typed.trim() !== given) onChange({ tag: typed.trim() })
  }
  return (
    <TextInput
      aria-label="Tag"
      placeholder="Tag, whole"
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit()
      }}
    />
  )
}

/** What the list is narrowed down to; all of it is in the address. */
export function Filters({ search, catalogue, onChange }: FiltersProps) {
  const algorithm = search.get('algorithm') ?? ''
  const known = (catalogue?.algorithms ?? []).map(({ name, title }) => ({ value: name, label: title }))
  const tag = search.get('tag') ?? ''
  return (
    <div role="search" aria-label="Filter the configurations" className={classes.filters}>
      <NativeSelect
        aria-label="Algorithm"
        size="xs"
        value={algorithm}
        data={[
          { value: '', label: 'Any algorithm' },
          ...known,
          // One that is not in the catalogue any more can still have configurations.
          ...(algorithm === '' || known.some(({ value }) => value === algorithm)
            ? []
            : [{ value: algorithm, label: algorithm }]),
        ]}
        onChange={(event) => onChange({ algorithm: event.currentTarget.value })}
      />
      {/* Another address is another field. */}
      <TagFilter key={tag} given={tag} onChange={onChange} />
      {isFiltered(search) ? (
        <Button variant="subtle" color="gray" onClick={() => onChange({ algorithm: null, tag: null })}>
          Clear
        </Button>
      ) : null}
    </div>
  )
}

interface ListProps {
  readonly search: URLSearchParams
  readonly configurations: readonly Configuration[]
  readonly catalogue: Catalogue | null
}

function columnsFor(
  search: URLSearchParams,
  titles: ReadonlyMap<string, string>,
): readonly DataColumn<Configuration>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      width: 'minmax(180px, 1.4fr)',
      narrowWidth: 'minmax(150px, 1fr)',
      cell: ({ id, name }) => (
        <Link to={`?${String(changed(search, { configuration: id }))}`} className={classes.link} tabIndex={-1}>
          {name}
        </Link>
      ),
    },
    { id: 'version', header: 'Version', width: '68px', align: 'end', cell: ({ version }) => version },
    {
      id: 'algorithm',
      header: 'Algorithm',
      width: 'minmax(170px, 1fr)',
      cell: ({ algorithm }) => titles.get(algorithm) ?? algorithm,
    },
    {
      id: 'tags',
      header: 'Tags',
      width: 'minmax(120px, 1fr)',
      cell: ({ tags }) =>
        tags.length === 0
          ? NONE
          : tags.map((tag) => (
              <Link key={tag} to={`?${String(changed(search, { tag }))}`} className={classes.tag} tabIndex={-1}>
                {tag}
              </Link>
            )),
    },
    { id: 'notes', header: 'Notes', width: 'minmax(140px, 1.4fr)', cell: ({ notes }) => notes ?? NONE },
    { id: 'savedBy', header: 'Saved by', width: '120px', cell: ({ savedBy }) => savedBy ?? NONE },
    {
      id: 'updatedAt',
      header: 'Saved',
      width: '120px',
      align: 'end',
      cell: ({ updatedAt }) => <Time value={updatedAt} />,
    },
  ]
}

/** Configurations, newest first. */
export function List({ search, configurations, catalogue }: ListProps) {
  const navigate = useNavigate()
  const columns = useMemo(
    () => columnsFor(search, new Map(catalogue?.algorithms.map(({ name, title }) => [name, title]))),
    [search, catalogue],
  )
  return (
    <DataTable
      label="Configurations"
      columns={columns}
      rows={configurations}
      rowId={({ id }) => id}
      onOpen={({ id }) => void navigate(`?${String(changed(search, { configuration: id }))}`)}
      maxHeight="calc(100dvh - 11.5rem)"
    />
  )
}
