import type { Logger } from 'pino'
import type { PrismaClient } from '../../prisma/generated/client.ts'
import type { ConfigurationStore } from '../../schema/context.ts'
import { openMongoConfigurations } from './mongo.ts'
import { createPostgresConfigurations } from './postgres.ts'

/** Where configurations are kept: in MongoDB where there is one, else in Postgres. Whoever calls closes what `add` is given. */
export async function openConfigurations(
  mongoUrl: string | null,
  prisma: PrismaClient,
  log: Logger,
  add: (close: () => Promise<unknown>) => void,
): Promise<ConfigurationStore> {
  if (mongoUrl === null) return createPostgresConfigurations(prisma)
  const configurations = await openMongoConfigurations({ url: mongoUrl, log: (level, message) => log[level](message) })
  add(() => configurations.dispose())
  return configurations
}
