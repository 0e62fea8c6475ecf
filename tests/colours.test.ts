import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { luminance, toRgba } from '@mantine/core'
import { Window } from 'happy-dom'
import { describe, expect, it } from 'vitest'
import { root } from '../server/setup.mjs'

const read = (path: string): string => readFileSync(join(root, 'client', path), 'utf8')
const css = read('ui/app.css')
const firstPage = read('index.html')
const book = read('pages/simulation/market/book-panel.module.css')

/** The colours of a theme, by their names. */
function coloursOf(theme: 'light' | 'dark'): (name: string) => string {
  const block = css.slice(css.indexOf(`[data-mantine-color-scheme='${theme}'] {`)).split('}')[0]!
  return (name) => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(block)![1]!
}

/** Contrast ratio, after WCAG 2.2: from 1 to 21. */
function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter! + 0.05) / (darker! + 0.05)
}

/** What is seen of a colour that lets the ground through. */
function laidOver(ground: string, colour: string, opacity: number): string {
  const [below, above] = [toRgba(ground), toRgba(colour)]
  const part = (name: 'r' | 'g' | 'b'): number => below[name] + (above[name] - below[name]) * opacity
  return `rgb(${part('r')}, ${part('g')}, ${part('b')})`
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const colour = coloursOf(theme)

  it.each(['text', 'muted', 'gain', 'loss', 'live', 'wait', 'fail'])('%s can be read on every ground', (name) => {
    for (const ground of ['ground', 'raised', 'sunken', 'hover', 'selected'])
      expect(contrast(colour(name), colour(ground)), ground).toBeGreaterThanOrEqual(4.5)
  })

  // A browser's checks do not judge what is written over a gradient, which the bars are.
  it.each(['gain', 'loss'])('a price and a size of the order book can be read on a bar of %s', (name) => {
    const tint = Number(/(\d+)%, transparent/.exec(book.slice(book.indexOf(`var(--${name})`)))![1]) / 100
    const bar = laidOver(colour('raised'), colour(name), tint)
    expect(contrast(colour(name), bar)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(colour('text'), bar)).toBeGreaterThanOrEqual(4.5)
  })

  it.each([1, 2, 3, 4, 5, 6])('line %i can be seen on the ground', (line) => {
    expect(contrast(colour(`series-${line}`), colour('raised'))).toBeGreaterThanOrEqual(3)
  })

  it('what is written on ink can be read, and what is ticked be seen', () => {
    const shades = /const ink[^[]*\[([^\]]*)\]/.exec(read('ui/theme.ts'))![1]!.match(/#[0-9a-f]{6}/g)!
    const shade = Number(new RegExp(`primaryShade: {[^}]*${theme}: (\\d)`).exec(read('ui/theme.ts'))![1])
    expect(contrast(shades[shade]!, colour('ground'))).toBeGreaterThanOrEqual(4.5)
  })

  it('the first paint has its ground by an attribute that the page sets anew, and leaves no colour behind', () => {
    const window = new Window()
    window.localStorage.setItem('mantine-color-scheme-value', theme)
    const { document, localStorage } = window
    const names = ['document', 'localStorage', 'addEventListener']
    const paint = new Function(...names, read('public/first-paint.js')) as (...given: unknown[]) => void

    paint(document, localStorage, () => undefined)

    expect(document.documentElement.getAttribute('data-mantine-color-scheme')).toBe(theme)
    expect(document.documentElement.getAttribute('style')).toBeNull()
    const block = firstPage.slice(firstPage.indexOf(`[data-mantine-color-scheme='${theme}'] {`)).split('}')[0]!
    expect(block).toContain(`background: ${colour('ground')};`)
  })
})
