#!/bin/sh
# Starts @PROGRAM@ on the Node it was built for. It execs, so that the daemon keeps this process
# id: signals, systemd and kill reach it and nothing stands between. `npm run build` fills in the
# two names between at-signs. It works from any directory and through symbolic links.
set -eu

here=$(dirname -- "$(readlink -f -- "$0")")

case $(uname -m) in
  x86_64 | amd64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) arch=unknown ;;
esac

for node in "${QUIDDITCH_NODE:-}" "$here/node" "$here/../node_modules/node-linux-$arch/bin/node"; do
  if [ -n "$node" ] && [ -x "$node" ]; then
    # The state store, file reads and name look-ups share this pool; four threads are too few.
    : "${UV_THREADPOOL_SIZE:=8}"
    export UV_THREADPOOL_SIZE
    # The title keeps the arguments and makes `pgrep -f @PROGRAM@` find the process.
    exec "$node" --title="@PROGRAM@ $*" "$here/@MAIN@" "$@"
  fi
done

echo "@PROGRAM@: no Node found for $(uname -m): looked at \$QUIDDITCH_NODE, $here/node and" \
  "$here/../node_modules/node-linux-$arch/bin/node. Run 'npm ci', or set QUIDDITCH_NODE." >&2
exit 78
