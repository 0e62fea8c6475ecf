/**
 * Writes `strategies/index.generated.ts`, which imports every strategy that can be used and names those that cannot.
 * @returns whether it had to be written.
 */
export function generateStrategies(rootDir: string): Promise<boolean>
