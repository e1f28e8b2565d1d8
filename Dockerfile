# Two images: "server" (the default) is humanloop-server, "n8n" is n8n with the node. docs/docker.md explains both.

ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG N8N_IMAGE=docker.n8n.io/n8nio/n8n:2.41.1

# Both programs as JavaScript. It is the same for each platform, so an image for another one is not built in an emulator.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY server/package.json server/
RUN npm ci --ignore-scripts
COPY LICENSE README.md index.js gulpfile.js tsconfig.json ./
COPY credentials credentials
COPY nodes nodes
COPY server server
RUN npm run build && npm run build --workspace humanloop-server && npm run build:page
RUN npm pack --ignore-scripts && tar -xzf n8n-nodes-humanloop-*.tgz

FROM ${N8N_IMAGE} AS n8n
# n8n loads what is in this folder at each start. With PostgreSQL and N8N_ENCRYPTION_KEY, ~/.n8n needs no volume.
COPY --from=build --chown=node:node /build/package /home/node/.n8n/nodes/node_modules/n8n-nodes-humanloop

# What the server needs at run time, for each platform the same. Without scripts: the package "node" would download a second
# Node.js.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY server/package.json server/
RUN npm ci --ignore-scripts --omit=dev --workspace humanloop-server

FROM ${NODE_IMAGE} AS server
RUN install --directory --owner=node --group=node --mode=700 /data
COPY --from=dependencies /app /app
COPY LICENSE /app/
COPY server/bin /app/server/bin
COPY --from=build /build/server/dist /app/server/dist
COPY --from=build /build/server/dist-page /app/server/dist-page
# No secrets here: HUMANLOOP_API_KEY and the keys of providers come from outside, at each start.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8400 DATA_DIR=/data
USER node
WORKDIR /app
VOLUME /data
EXPOSE 8400
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
	CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "server/bin/humanloop-server.cjs"]
CMD ["start"]
