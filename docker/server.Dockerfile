# The API server. `npm run images` builds it. It needs a PostgreSQL (DATABASE_URL or POSTGRES_*): the embedded one, which
# weighs more than all the rest, is left out. The stages `packages` and `build` are the same as in engine.Dockerfile.
ARG BUILD_IMAGE=node:22-bookworm-slim
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${BUILD_IMAGE} AS packages
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --cache=/tmp/npm --no-audit --no-fund --loglevel=error && rm -rf /tmp/npm

FROM packages AS build
COPY prisma.config.ts tsconfig.json vite.config.ts ./
COPY prisma prisma
COPY schema schema
COPY engines engines
COPY server server
COPY client client
RUN node server/setup.mjs

FROM ${BUILD_IMAGE} AS production
WORKDIR /src
COPY package.json package-lock.json ./
COPY server/setup.mjs server/
COPY docker/keep.mjs docker/
# What the server's bundle holds, and what only builds, is not in the image (the server migrates by itself, without Prisma's
# command line), and of the query compilers of Prisma's client only PostgreSQL's. Installed by itself: to take packages out of
# a layer below would first copy all of them.
RUN node docker/keep.mjs \
  && npm ci --cache=/tmp/npm --omit=dev --omit=optional --no-audit --no-fund --loglevel=error && rm -rf /tmp/npm \
  && cd node_modules/@prisma/client/runtime \
  && rm -f *.mysql.* *.sqlite.* *.sqlserver.* *.cockroachdb.* *.map

FROM ${NODE_IMAGE}
WORKDIR /app
COPY --from=production /src/node_modules ./node_modules
COPY --from=build /src/package.json ./
COPY --from=build /src/dist ./dist
COPY --from=build /src/prisma ./prisma
RUN mkdir -p /data/tapes && chown -R 1000:1000 /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
USER 1000:1000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/server.js"]
