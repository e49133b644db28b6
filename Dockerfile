# syntax=docker/dockerfile:1

# What is compiled, and with what: nothing of this stage but dist/ reaches the image.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# The packages that run, without those that build and test. lmdb brings its binary with it: no compiler is needed.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-slim
LABEL org.opencontainers.image.title="shardwell" \
      org.opencontainers.image.description="Plans how to lay a large language model out over a GPU cluster, and proves its answer." \
      org.opencontainers.image.licenses="Apache-2.0"
# docker build --build-arg GIT_COMMIT=$(git rev-parse HEAD): GET /version then names it.
ARG GIT_COMMIT=""
LABEL org.opencontainers.image.revision="${GIT_COMMIT}"
ENV NODE_ENV=production \
    GIT_COMMIT=${GIT_COMMIT} \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data
WORKDIR /app
# The only place that is written to. Without a volume here, or with one that cannot be written, plans live in memory alone.
RUN mkdir /data && chown node:node /data
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY examples ./examples
# docker run --rm -i shardwell shardwell plan < request.json
RUN ln -s /app/dist/cli.js /usr/local/bin/shardwell
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm: npm does not pass signals on reliably.
CMD ["node", "dist/server.js"]
