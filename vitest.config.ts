import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LANES } from './tests/lanes.mjs'

/** One copy of graphql: two copies fail with "another module or realm". */
const graphql = fileURLToPath(import.meta.resolve('graphql'))

/** The lanes to run; `npm test` names those whose services are there. */
const named = process.env['LANES'] ?? 'none'
const lanes = LANES.map((lane) => lane.name).filter((name) => named === 'all' || named.split(',').includes(name))

/** What a lane starts once for all its files, where it does. */
function setUpOf(name: string): string[] {
  const path = `tests/lanes/${name}/set-up.ts`
  return existsSync(new URL(path, import.meta.url)) ? [path] : []
}

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    pool: 'forks',
    globalSetup: ['tests/support/set-up.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['engines/**/*.test.ts', 'schema/**/*.test.ts', 'server/**/*.test.ts'],
          // Modules are loaded once for all files: a process for each took as much again as the tests themselves.
          isolate: false,
          setupFiles: ['tests/support/seed.ts', 'tests/support/clean-room.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'client',
          include: ['client/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
          // As in the rooms; each file still has a document of its own.
          isolate: false,
          setupFiles: ['client/test-set-up.ts', 'tests/support/clean-room.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Whole engines and servers in processes of their own: two files at a time, since most of what they do is to wait.
        extends: true,
        test: {
          name: 'house',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/lanes/**'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      ...lanes.map((name, index) => ({
        extends: true as const,
        test: {
          name,
          include: [`tests/lanes/${name}/**/*.test.ts`],
          maxWorkers: 1,
          // Services start, and whole simulations run, on machines that do other things too.
          testTimeout: 90_000,
          hookTimeout: 300_000,
          globalSetup: setUpOf(name),
          sequence: { groupOrder: 2 + index },
        },
      })),
    ],
  },
})
