/** The project's root, absolute. */
export const root: string
/** Every bundled entry: its name in `dist/` and its source. */
export const ENTRIES: Readonly<Record<string, string>>
/** Does whatever of the set-up is not done yet. */
export function setUp(): Promise<void>
