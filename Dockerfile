# The master (and the reference data node) on the Node that package.json pins. Both stages start
# from BASE, so that a machine without a registry can pass a base image of its own: any with
# glibc, and for the first stage npm on a Node from 20.20 on.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY src src
COPY proto proto
RUN npm run build && npm prune --omit=dev --no-audit --no-fund --loglevel=error
# The pinned Node goes where the launcher looks first: the program alone, without its headers.
RUN cp node_modules/node-linux-*/bin/node dist/node \
  && rm -rf node_modules/node-linux-* node_modules/.bin/node dist/.tsbuildinfo

FROM ${BASE}
RUN groupadd --system --gid 9300 quidditch \
  && useradd --system --uid 9300 --gid quidditch --no-create-home --home-dir /data quidditch \
  && install -d -o quidditch -g quidditch -m 0700 /data
WORKDIR /usr/lib/quidditch-master
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/proto proto
COPY --from=build /build/dist dist
RUN set -e; for program in master admin devnode; do \
  ln -s "/usr/lib/quidditch-master/dist/quidditch-$program" "/usr/bin/quidditch-$program"; done
USER quidditch
# A container's loopback reaches nobody, so here the daemon listens on every address.
ENV QUIDDITCH_BIND_ADDR=0.0.0.0 QUIDDITCH_DATA_DIR=/data
VOLUME /data
EXPOSE 9300 9301 9400
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s --retries=3 \
  CMD ["quidditch-master", "health", "--timeout", "3s"]
# Exec form, and the launcher execs too: the daemon is process 1 and gets the stop signal itself.
ENTRYPOINT ["quidditch-master"]
