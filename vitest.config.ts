import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** One copy of graphql: two copies fail with "another module or realm". */
const graphql = fileURLToPath(import.meta.resolve('graphql'))

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ['engines/**/*.test.ts', 'schema/**/*.test.ts', 'server/**/*.test.ts', 'tests/**/*.test.ts'],
    pool: 'forks',
    globalSetup: ['tests/support/set-up.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
