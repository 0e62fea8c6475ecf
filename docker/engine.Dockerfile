# The one image of all engines; which one runs is chosen by the command. `npm run images` builds it.
# Written for the classic builder and for BuildKit. The stages `packages` and `build` are the same as in server.Dockerfile, so
# that either builder makes them once.
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

FROM ${NODE_IMAGE}
COPY docker/run-engine.sh docker/alive.sh /app/
# Each a single file with all that it needs; no node_modules.
COPY --from=build /src/dist/engines/*.js /app/engines/
RUN mkdir -p /tapes
ENV NODE_ENV=production ALIVE_PATH=/tmp/alive
# A number, so that whoever starts it can tell that it is not root. Tapes are mounted at /tapes.
USER 1000:1000
WORKDIR /tapes
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["/bin/sh", "/app/alive.sh"]
ENTRYPOINT ["/bin/sh", "/app/run-engine.sh"]
