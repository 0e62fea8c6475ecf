/**
 * Writes `strategies/index.generated.ts`, which imports every strategy there is a file of.
 * @returns whether it had to be written.
 */
export function generateStrategies(rootDir: string): boolean
