import { MantineProvider } from '@mantine/core'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it, vi } from 'vitest'
import { CopyButton } from './copy-button.tsx'

it('puts the text on the clipboard, and says so', async () => {
  const user = userEvent.setup()
  render(<CopyButton text="abc" label="Copy the id" />, { wrapper: MantineProvider })

  await user.click(screen.getByRole('button', { name: 'Copy the id' }))

  expect(await navigator.clipboard.readText()).toBe('abc')
  expect(screen.getByRole('button', { name: 'Copied' })).toBeDefined()
})

it('says what to do where the browser does not let it', async () => {
  const user = userEvent.setup()
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('denied'))
  render(<CopyButton text="abc" label="Copy the id" />, { wrapper: MantineProvider })

  await user.click(screen.getByRole('button', { name: 'Copy the id' }))

  expect(screen.getByRole('button', { name: /mark the text instead/ })).toBeDefined()
})
