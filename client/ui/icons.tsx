import type { ReactNode } from 'react'

/** Icons of one hand: 16 × 16, strokes of 1.5; decoration only, so the words beside them carry the meaning. */
const DRAWINGS = {
  simulations: <path d="M2 12l3.5-4.5 3 2.5L14 4M10.5 4H14v3.5" />,
  new: <path d="M8 3v10M3 8h10" />,
  compare: <path d="M3 13V7M7 13V3M11 13V9M14 13H2" />,
  configurations: <path d="M2 5h7M13 5h1M2 11h1M7 11h7M9 3v4h4V3zM3 9v4h4V9z" />,
  algorithms: <path d="M5.5 4L2 8l3.5 4M10.5 4L14 8l-3.5 4" />,
  health: <path d="M1.5 8H5l2-4.5 2.5 9L11.5 8h3" />,
  playground: <path d="M8 2l5 3v6l-5 3-5-3V5zM3 11h10M8 2L3 11M8 2l5 9" />,
  sun: (
    <path d="M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />
  ),
  moon: <path d="M13.5 9.5A5.8 5.8 0 0 1 6.5 2.5 5.8 5.8 0 1 0 13.5 9.5z" />,
  system: <path d="M2 3h12v8H2zM6 14h4M8 11v3" />,
  keyboard: <path d="M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M5 9.5h6" />,
  clock: <path d="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.5V8l2.5 1.5" />,
  stop: <path d="M4 4h8v8H4z" />,
  delete: <path d="M2.5 4.5h11M6 4.5V2.5h4v2M4 4.5l.7 9h6.6l.7-9" />,
  copy: <path d="M6 6h7.5v7.5H6zM10 6V2.5H2.5V10H6" />,
  done: <path d="M3 8.5l3.5 3.5L13 4.5" />,
  download: <path d="M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11" />,
  upload: <path d="M8 10.5V2.5M4.5 6L8 2.5 11.5 6M2.5 13.5h11" />,
  back: <path d="M6 3L2.5 6.5 6 10M2.5 6.5H10a3.5 3.5 0 0 1 0 7H7" />,
  save: <path d="M3 2.5h8l2.5 2.5v8.5H2.5V3zM5 2.5V6h5V2.5M5 13.5v-4h6v4" />,
  previous: <path d="M10 3L5 8l5 5" />,
  next: <path d="M6 3l5 5-5 5" />,
  up: <path d="M8 13V3M4 7l4-4 4 4" />,
  down: <path d="M8 3v10M4 9l4 4 4-4" />,
  warning: <path d="M8 2l6.5 11.5h-13zM8 6.5v3.2M8 11.7h.01" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  menu: <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />,
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" />,
} as const satisfies Readonly<Record<string, ReactNode>>

export type IconName = keyof typeof DRAWINGS

/** One of the icons, in the colour of the text around it. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {DRAWINGS[name]}
    </svg>
  )
}
