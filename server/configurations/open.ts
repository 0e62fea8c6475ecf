import type { Logger } from 'pino'
import type { PrismaClient } from '../../prisma/generated/client.ts'
import type { ConfigurationStore } from '../../schema/context.ts'
import { openMongoConfigurations } from './mongo.ts'
import { createPostgresConfigurations } from './postgres.ts'

/** Where configurations are kept: in MongoDB where there is one, else in Postgres. Whoever calls disposes of it. */
export async function openConfigurations(
  mongoUrl: string | null,
  prisma: PrismaClient,
  log: Logger,
): Promise<ConfigurationStore & { dispose(): Promise<void> }> {
  if (mongoUrl === null) return { ...createPostgresConfigurations(prisma), dispose: () => Promise.resolve() }
  return openMongoConfigurations({ url: mongoUrl, log: (level, message) => log[level](message) })
}
