import {
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type MantineThemeOverride,
} from '@mantine/core'

/** The one accent: ink. Colour is left to what it tells: gain and loss, and how things stand. */
const ink: MantineColorsTuple = [
  '#f4f5f6',
  '#e6e8eb',
  '#c9cdd3',
  '#aab0b9',
  '#8b929d',
  '#6c7480',
  '#525a66',
  '#3a414c',
  '#262c35',
  '#171b21',
]

/** Mantine's dark greys, from text to the deepest ground. */
const dark: MantineColorsTuple = [
  '#dfe3e8',
  '#b4bac3',
  '#9aa1ac',
  '#6b7380',
  '#333942',
  '#262b33',
  '#1b1f25',
  '#101215',
  '#0c0e10',
  '#08090b',
]

/** One type scale (11, 12, 13, 15, 20 px) and one spacing scale (4, 8, 12, 16, 24 px); see `app.css` for the colours. */
export const theme: MantineThemeOverride = createTheme({
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '0.6875rem', sm: '0.75rem', md: '0.8125rem', lg: '0.9375rem', xl: '1.25rem' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.4', xl: '1.25' },
  spacing: { xs: '0.25rem', sm: '0.5rem', md: '0.75rem', lg: '1rem', xl: '1.5rem' },
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '16px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.25' },
      h2: { fontSize: '0.9375rem', lineHeight: '1.4' },
      h3: { fontSize: '0.8125rem', lineHeight: '1.45' },
    },
  },
  defaultRadius: 'sm',
  colors: { ink, dark },
  primaryColor: 'ink',
  primaryShade: { light: 9, dark: 0 },
  // Ink is dark on light ground and light on dark ground; so is what is written on it, the other way round.
  variantColorResolver(input) {
    const colours = defaultVariantColorsResolver(input)
    const onInk = input.variant === 'filled' && (input.color === undefined || input.color === 'ink')
    return onInk ? { ...colours, color: 'var(--ground)' } : colours
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    // A finger has no pointer to hover with, nor have the keys; and a phone may be narrower than a sentence.
    Tooltip: {
      defaultProps: {
        openDelay: 300,
        withArrow: true,
        multiline: true,
        maw: 'min(22rem, calc(100vw - 1rem))',
        events: { hover: true, focus: true, touch: true },
      },
    },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 } } },
    TextInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', comboboxProps: { shadow: 'md' } } },
    MultiSelect: { defaultProps: { size: 'xs', comboboxProps: { shadow: 'md' } } },
    Checkbox: { defaultProps: { size: 'xs', iconColor: 'var(--ground)' } },
  },
})
