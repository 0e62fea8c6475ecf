import { useState } from 'react'
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from 'urql'
import { MODES } from '../../ui/figures/modes.ts'
import { ChoicesQuery } from './documents.ts'
import classes from './page.module.css'
import { FILTERS, isFiltered, SPANS, STATUS_GROUPS, type FilterName } from './search.ts'

interface FiltersProps {
  readonly search: URLSearchParams
  /** null takes filters out. */
  readonly onChange: (words: Readonly<Partial<Record<FilterName, string | null>>>) => void
}

const labelled = (choices: Readonly<Record<string, { readonly label: string }>>) =>
  Object.entries(choices).map(([value, { label }]) => ({ value, label }))

function ProductFilter({ given, onChange }: { readonly given: string } & Pick<FiltersProps, 'onChange'>) {
  const [typed, setTyped] = useState(given)
  const commit = (): void => {
    const product = typed.trim().toUpperCase()
    if (product !== given) onChange({ product })
  }
  return (
    <TextInput
      aria-label="Product"
      placeholder="Product, e.g. BTC-USD"
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
export function Filters({ search, onChange }: FiltersProps) {
  const [{ data }] = useQuery({ query: ChoicesQuery })
  const choose = (name: FilterName, all: string, choices: readonly { value: string; label: string }[]) => (
    <NativeSelect
      aria-label={name}
      size="xs"
      value={search.get(name) ?? ''}
      data={[{ value: '', label: all }, ...choices]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  )
  const product = search.get('product') ?? ''
  const source = search.get('source') ?? ''
  // A tape that is gone may still be asked for: its runs stay.
  const sources = [...new Set([...(data?.sources ?? []).map(({ name }) => name), ...(source === '' ? [] : [source])])]
  const algorithms = (data?.algorithms ?? []).map(({ name, title }) => ({ value: name, label: title }))
  return (
    <div role="search" aria-label="Filter the simulations" className={classes.filters}>
      {choose('status', 'Any status', labelled(STATUS_GROUPS))}
      {choose(
        'mode',
        'Any mode',
        Object.entries(MODES).map(([value, label]) => ({ value, label })),
      )}
      {choose('algorithm', 'Any algorithm', algorithms)}
      {choose(
        'source',
        'Any source',
        sources.map((name) => ({ value: name, label: name })),
      )}
      {/* Another address is another field. */}
      <ProductFilter key={product} given={product} onChange={onChange} />
      {choose('since', 'Any time', labelled(SPANS))}
      {isFiltered(search) ? (
        <Button
          variant="subtle"
          color="gray"
          onClick={() => onChange(Object.fromEntries(FILTERS.map((name) => [name, null])))}
        >
          Clear
        </Button>
      ) : null}
    </div>
  )
}
