import { Checkbox, MantineProvider } from '@mantine/core'
import { render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { theme } from './theme.ts'

it('writes on what is ticked in the colour of the ground, which is seen on ink in both themes', () => {
  render(
    <MantineProvider theme={theme} env="test">
      <Checkbox label="Shorting" defaultChecked />
    </MantineProvider>,
  )

  const root = screen.getByRole('checkbox', { name: 'Shorting' }).closest('.mantine-Checkbox-root')!
  expect(root.getAttribute('style')).toContain('--checkbox-icon-color: var(--ground)')
})
