import { defineConfig } from 'prisma/config'

/** Where Prisma's own command line finds things; the server itself does not need it. */
export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } })
