#!/usr/bin/env bash
# The compose cluster by a real Docker engine: the image is built from the Dockerfile on a base
# made of Debian's packages, three masters and three data nodes are started, and the leader's
# container is killed and comes back. An engine is started by hand, and stopped again, when none
# runs. Ends with 0 = all passed, 1 = a check failed, 77 = this machine cannot run it.
# QUIDDITCH_CACHE names the folder where the base and the engine's data are kept.
set -euo pipefail

project=$(cd "$(dirname "$0")/../.." && pwd)
cache=${QUIDDITCH_CACHE:-/var/tmp/quidditch}
archive=$cache/docker-base.tar
compose_file=$project/config/docker-compose.yml

cannot() {
  echo "compose.sh: cannot run here: $*"
  exit 77
}

for program in docker docker-compose mmdebstrap curl python3; do
  command -v "$program" > /dev/null || cannot "$program is not installed"
done
[ "$(id -u)" = 0 ] || cannot "needs root"
mkdir -p "$cache"
work=$(mktemp -d -p "$cache")
engine=
up=

compose() { docker-compose --project-name quidditch-test --file "$compose_file" "$@"; }
cleanup() {
  if [ -n "$up" ]; then
    compose down --volumes --timeout 5 > "$work/down" 2>&1 || cat "$work/down"
  fi
  if [ -n "$engine" ]; then
    kill -TERM "$engine" || true
    wait "$engine" 2> /dev/null || true
    umount "$work"/exec/netns/* 2> /dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT

if ! docker info > /dev/null 2>&1; then
  command -v dockerd > /dev/null || cannot "no Docker engine runs and dockerd is not installed"
  echo "starting a Docker engine"
  export DOCKER_HOST=unix://$work/docker.sock
  dockerd --host "$DOCKER_HOST" --data-root "$cache/docker" --exec-root "$work/exec" \
    --pidfile "$work/docker.pid" > "$work/docker.log" 2>&1 &
  engine=$!
  for _ in $(seq 150); do
    docker info > /dev/null 2>&1 && break
    kill -0 "$engine" 2> /dev/null || break
    sleep 0.2
  done
  docker info > /dev/null 2>&1 || {
    tail -n 20 "$work/docker.log"
    engine=
    cannot "the Docker engine does not start"
  }
fi

# The base image: Debian, and the Node with npm that this machine has.
base=quidditch-base:test
if ! docker image inspect "$base" > /dev/null 2>&1; then
  echo "building the base image"
  npm_folder=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  [ -s "$archive" ] ||
    mmdebstrap --quiet --format=tar --variant=minbase --include=ca-certificates,libatomic1 \
      bookworm "$archive" || {
    rm -f "$archive"
    cannot "mmdebstrap could not fetch Debian's packages"
  }
  root=$work/root
  mkdir "$root"
  tar -xf "$archive" -C "$root"
  mkdir -p "$root/usr/lib/node_modules"
  cp "$(readlink -f "$(command -v node)")" "$root/usr/bin/node"
  cp -a "$npm_folder" "$root/usr/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
  # What this machine trusts, so that npm reaches its registry from within the build.
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  tar -c -C "$root" . | docker import \
    --change "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt" - "$base" > /dev/null
  rm -rf "$root"
fi

echo "building the image"
export QUIDDITCH_TAG=test BASE_IMAGE=$base
docker build --quiet --network host --build-arg "BASE=$base" \
  --tag quidditch-master:test "$project"

failed=0
check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then echo "ok: $name"; else
    echo "FAILED: $name"
    failed=1
  fi
}
within() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.3
  done
}
container_of() { compose ps -q "$1"; }
# The ports that docker-compose.yml publishes on this host's loopback.
http_of() { case $1 in master-1) echo 9400 ;; master-2) echo 9410 ;; master-3) echo 9420 ;; esac; }
health() { curl -fsS --max-time 2 "http://127.0.0.1:$(http_of "$1")/_cluster/health" 2> /dev/null; }
field() { python3 -c 'import json,sys; print(json.load(sys.stdin).get(sys.argv[1]))' "$1"; }
green() { # MASTER DATA_NODES
  local answer
  answer=$(health "$1") || return 1
  [ "$(field status <<< "$answer")" = green ] &&
    [ "$(field number_of_data_nodes <<< "$answer")" = "$2" ] &&
    [ "$(field active_shards <<< "$answer")" = "$copies" ]
}
copies=0
# By the client that the image has anyway: the masters' own.
create_index() { # NAME MASTER
  compose exec -T "$2" /usr/lib/quidditch-master/dist/node --input-type=module --eval '
    import { credentials } from "@grpc/grpc-js";
    const { wire } = await import("/usr/lib/quidditch-master/dist/wire/load.js");
    const client = new wire.MasterService("127.0.0.1:9301", credentials.createInsecure());
    const settings = { number_of_shards: 3, number_of_replicas: 1 };
    const deadline = Date.now() + 15000;
    client.CreateIndex({ index_name: process.argv[1], settings }, { deadline }, (error, answer) => {
      if (error !== null) console.error(error.message);
      process.exit(error === null && answer.acknowledged ? 0 : 1);
    });
  ' "$1"
}
leads() { curl -fsS --max-time 2 "http://127.0.0.1:$(http_of "$1")/metrics" 2> /dev/null |
  grep -qE '^quidditch_master_raft_leader(\{[^}]*\})? 1$'; }
leader() { for m in master-1 master-2 master-3; do if leads "$m"; then echo "$m" && return 0; fi; done; return 1; }
other_leader() { local now; now=$(leader) && [ "$now" != "$1" ]; }
healthy() {
  [ "$(docker inspect --format '{{.State.Health.Status}}' "$(container_of "$1")")" = healthy ]
}

echo "starting the cluster"
up=1
compose up --detach --no-build > "$work/up" 2>&1 || cat "$work/up"
for master in master-1 master-2 master-3; do
  check "$master is green with three data nodes" within 60 green "$master" 3
  check "$master is healthy to the engine" within 60 healthy "$master"
done
if [ "$failed" = 1 ]; then
  compose logs --no-color --tail 40 2>&1 | cut -c 1-300
  echo "some failed"
  exit 1
fi
check "runs as a user of its own" [ "$(compose exec -T master-1 id -un)" = quidditch ]
check "process 1 is the daemon" \
  [ "$(compose exec -T master-1 cat /proc/1/cmdline | tr '\0' ' ' | cut -d' ' -f1)" = quidditch-master ]

somebody_leads() { leader > /dev/null; }
check "an index of 3 shards and 1 replica is acknowledged" create_index books master-2
copies=6
check "its 6 copies are started" within 60 green master-3 3
check "somebody leads" within 20 somebody_leads
old=$(leader || echo master-1)
docker kill --signal KILL "$(container_of "$old")" > /dev/null
check "another one leads after the leader was killed" within 20 other_leader "$old"
new=$(leader || true)
check "the cluster is green without it" within 60 green "${new:-master-1}" 3
check "another index is acknowledged without it" create_index films "${new:-master-1}"
copies=12
docker start "$(container_of "$old")" > /dev/null
check "the killed one is back and green" within 60 green "$old" 3

before=$SECONDS
compose stop --timeout 10 > "$work/stop" 2>&1 || cat "$work/stop"
check "stops in good time" [ $((SECONDS - before)) -le 30 ]
for master in master-1 master-2 master-3; do
  check "$master stopped with 0" \
    [ "$(docker inspect --format '{{.State.ExitCode}}' "$(container_of "$master")")" = 0 ]
done

if [ "$failed" = 0 ]; then echo "all passed"; else
  compose logs --no-color --tail 40 2>&1 | cut -c 1-300
  echo "some failed"
fi
exit "$failed"
