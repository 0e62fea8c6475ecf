/** The project's root, absolute. */
export const root: string
/** Every bundled entry: its name in `dist/` and its source. */
export const ENTRIES: Readonly<Record<string, string>>
/** Bundles engines, each by the name and the source that it has in `entryPoints`, into a folder. */
export function bundleEngines(entryPoints: Readonly<Record<string, string>>, outdir: string): Promise<void>
/** Ends this process where npm, which runs it, was told to end. */
export function endWithNpm(): void
/** Runs a program to its end, with the signals that this process gets. @returns its exit code, or the signal that ended it */
export function follow(
  command: string,
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<number | NodeJS.Signals>
/** Removes from a folder what set-ups that were killed left half made. */
export function removeDrafts(folder: string): void
/** Does whatever of the set-up is not done yet. */
export function setUp(): Promise<void>
