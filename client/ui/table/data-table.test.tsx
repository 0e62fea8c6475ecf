import { MantineProvider } from '@mantine/core'
import { fireEvent, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { describe, expect, it, vi } from 'vitest'
import type { DataColumn } from './column.ts'
import { DataTable } from './data-table.tsx'

interface Row {
  readonly id: string
  readonly price: number | null
}

const columns: readonly DataColumn<Row>[] = [
  { id: 'name', header: 'Name', width: '100px', cell: ({ id }) => id },
  {
    id: 'price',
    header: 'Price',
    width: '100px',
    align: 'end',
    cell: ({ price }) => price,
    sortBy: ({ price }) => price,
  },
]
const few: readonly Row[] = [
  { id: 'a', price: 2 },
  { id: 'b', price: null },
  { id: 'c', price: 10 },
]
const rowId = ({ id }: Row): string => id
const names = (): (string | null)[] =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => within(row).getAllByRole('gridcell')[0]!.textContent)

function Marking({ onOpen }: { readonly onOpen: (row: Row) => void }) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  return (
    <DataTable
      label="Prices"
      columns={columns}
      rows={few}
      rowId={rowId}
      selection={{ ids, onChange: setIds }}
      onOpen={onOpen}
    />
  )
}

describe('a table', () => {
  it('sorts by a column, the largest first, then the other way, and keeps what has no value last', async () => {
    render(<DataTable label="Prices" columns={columns} rows={few} rowId={rowId} />, { wrapper: MantineProvider })
    expect(names()).toEqual(['a', 'b', 'c'])

    await userEvent.click(screen.getByRole('button', { name: 'Price' }))
    expect(names()).toEqual(['c', 'a', 'b'])
    expect(screen.getByRole('columnheader', { name: 'Price' }).getAttribute('aria-sort')).toBe('descending')

    await userEvent.click(screen.getByRole('button', { name: 'Price' }))
    expect(names()).toEqual(['a', 'c', 'b'])
  })

  it('leaves the order to whoever sorts for it, and tells them', async () => {
    const onSort = vi.fn()
    const sorting = { id: 'price', descending: true }
    render(<DataTable label="Prices" columns={columns} rows={few} rowId={rowId} sorting={sorting} onSort={onSort} />, {
      wrapper: MantineProvider,
    })
    expect(names()).toEqual(['a', 'b', 'c'])

    await userEvent.click(screen.getByRole('button', { name: 'Price' }))

    expect(onSort).toHaveBeenCalledWith({ id: 'price', descending: false })
  })

  it('is worked with by keys alone', async () => {
    const onOpen = vi.fn()
    const user = userEvent.setup()
    render(<Marking onOpen={onOpen} />, { wrapper: MantineProvider })
    const row = (index: number) => screen.getAllByRole('row')[index]!

    row(1).focus()
    await user.keyboard('{ArrowDown}')
    await vi.waitFor(() => expect(document.activeElement).toBe(row(2)))
    await user.keyboard('{End}')
    await vi.waitFor(() => expect(document.activeElement).toBe(row(3)))
    await user.keyboard(' {Enter}')

    expect(row(3).getAttribute('aria-selected')).toBe('true')
    expect(onOpen).toHaveBeenCalledWith(few[2])
  })

  it('draws of a hundred thousand rows only those in sight', () => {
    const many = Array.from({ length: 100_000 }, (_none, index) => ({ id: `row ${index}`, price: index }))
    render(<DataTable label="Prices" columns={columns} rows={many} rowId={rowId} />, { wrapper: MantineProvider })

    expect(screen.getByRole('grid').getAttribute('aria-rowcount')).toBe('100001')
    expect(screen.getAllByRole('row').length).toBeLessThan(100)
  })

  it('shows rows that are no array as they come, and says where it is scrolled to', () => {
    const at = vi.fn((index: number): Row => ({ id: `row ${index}`, price: index }))
    const onScroll = vi.fn()
    const plain = columns.map(({ sortBy: _none, ...column }) => column)
    render(
      <DataTable label="Many" columns={plain} rows={{ length: 100_000, at }} rowId={rowId} onScroll={onScroll} />,
      { wrapper: MantineProvider },
    )
    const grid = screen.getByRole('grid')
    expect(grid.getAttribute('aria-rowcount')).toBe('100001')
    // Only what is in sight is looked at.
    expect(at.mock.calls.length).toBeLessThan(1_000)

    fireEvent.scroll(grid.parentElement!)
    expect(onScroll).toHaveBeenCalled()
  })
})
