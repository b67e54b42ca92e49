#!/usr/bin/env bash
# The service unit under a real systemd: a Debian root is booted in a container with systemd as
# process 1, the built project is installed in it as a package would, and the checks run inside.
# Ends with 0 = all passed, 1 = a check failed, 77 = this machine cannot run it.
# Run `npm run build` first. QUIDDITCH_CACHE names the folder where the Debian root is kept.
set -euo pipefail

project=$(cd "$(dirname "$0")/../.." && pwd)
cache=${QUIDDITCH_CACHE:-/var/tmp/quidditch}
archive=$cache/systemd-root.tar

cannot() {
  echo "systemd.sh: cannot run here: $*"
  exit 77
}

[ "$(id -u)" = 0 ] || cannot "needs root"
for program in mmdebstrap systemd-nspawn npm; do
  command -v "$program" > /dev/null || cannot "$program is not installed"
done
[ -x "$project/dist/quidditch-master" ] || cannot "there is no build: npm run build"

mkdir -p "$cache"
if [ ! -s "$archive" ]; then
  echo "building a Debian root in $archive"
  mmdebstrap --quiet --format=tar --variant=minbase --include=systemd,systemd-sysv,procps bookworm "$archive.new" ||
    cannot "mmdebstrap could not fetch Debian's packages"
  mv "$archive.new" "$archive"
fi

work=$(mktemp -d -p "$cache")
container=
cleanup() {
  # Everything in the container ends with the process that holds its namespaces.
  if [ -n "$container" ]; then
    kill -KILL "$container" 2> /dev/null || true
    wait "$container" 2> /dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT
root=$work/root
mkdir "$root"
tar -xf "$archive" -C "$root"

# Installed as a package would do it: the program in one folder with its own Node, a link on the
# PATH, the unit, the user.
target=$root/usr/lib/quidditch-master
mkdir -p "$target"
cp -a "$project/dist" "$project/proto" "$project/package.json" "$target/"
rm -f "$target/dist/.tsbuildinfo"
cp "$(echo "$project"/node_modules/node-linux-*/bin/node)" "$target/dist/node"
(cd "$project" && npm ls --omit=dev --all --parseable 2> /dev/null) |
  sed -n "s|^$project/||p" | grep -v '^node_modules/node-linux-' |
  (cd "$project" && xargs cp -a --parents -t "$target")
for program in master admin; do
  ln -s "../lib/quidditch-master/dist/quidditch-$program" "$root/usr/bin/quidditch-$program"
done
install -D -m 644 "$project/systemd/quidditch-master.service" \
  "$root/etc/systemd/system/quidditch-master.service"
install -D -m 644 "$project/systemd/quidditch.sysusers" "$root/usr/lib/sysusers.d/quidditch.conf"
install -D -m 755 "$project/test/packaging/systemd-inside.sh" "$root/check/run.sh"
cat > "$root/etc/systemd/system/check.service" << 'UNIT'
[Unit]
Description=Checks of the service unit
After=multi-user.target

[Service]
Type=oneshot
ExecStart=/check/run.sh
StandardOutput=file:/check/output
StandardError=inherit

[Install]
WantedBy=default.target
UNIT
mkdir -p "$root/etc/systemd/system/default.target.wants"
ln -s ../check.service "$root/etc/systemd/system/default.target.wants/check.service"

echo "booting systemd as process 1"
systemd-nspawn --quiet --boot --register=no --keep-unit --kill-signal=SIGKILL \
  --private-network --machine=quidditch-check --directory="$root" \
  > "$work/console" 2>&1 < /dev/null &
container=$!
finished() { tail -n 1 "$root/check/output" 2> /dev/null | grep -qE '^(all passed|some failed)$'; }
deadline=$((SECONDS + 240))
until finished || [ "$SECONDS" -ge "$deadline" ] || ! kill -0 "$container" 2> /dev/null; do
  sleep 0.2
done

if [ ! -s "$root/check/output" ]; then
  tail -n 40 "$work/console"
  cannot "systemd did not boot in a container"
fi
cat "$root/check/output"
if [ "$(tail -n 1 "$root/check/output")" = "all passed" ]; then exit 0; fi
echo "---- the service's log ----"
tail -n 60 "$root/check/journal" 2> /dev/null || true
exit 1
