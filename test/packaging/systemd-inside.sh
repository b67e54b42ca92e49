#!/bin/bash
# The checks of systemd.sh, run by systemd inside the booted container. Prints one line for each
# and "all passed" as the last one when none failed.
set -u

unit=quidditch-master.service
data=/var/lib/quidditch/master
failed=0

say() { echo "$1: $2"; }
check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then say "ok" "$name"; else
    say "FAILED" "$name (state: $(value ActiveState), result: $(value Result)," \
      "status: $(value ExecMainStatus), restarts: $(value NRestarts))"
    failed=1
  fi
}
value() { systemctl show --value --property="$1" "$unit"; }
is() { [ "$(value "$1")" = "$2" ]; }
serves() { (exec 3<> /dev/tcp/127.0.0.1/9301) 2> /dev/null; }
# Polls COMMAND for up to SECONDS.
within() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}
exited_with() { is ActiveState failed && is ExecMainStatus "$1"; }
new_process() { [ "$(value MainPID)" != "$1" ] && [ "$(value MainPID)" != 0 ] && is ActiveState active; }

# Type=notify: `start` returns when the daemon has said READY, and not before it serves.
check "starts" systemctl start "$unit"
check "is active" is ActiveState active
check "serves when it is active" serves
if [ "$failed" = 1 ]; then
  journalctl --no-pager -u "$unit" > /check/journal
  echo "some failed"
  exit 1
fi
took=$(($(value ActiveEnterTimestampMonotonic) - $(value ExecMainStartTimestampMonotonic)))
check "was not active before it had said READY ($((took / 1000)) ms)" [ "$took" -gt 20000 ]
check "runs as its own user" [ "$(stat -c %U "/proc/$(value MainPID)")" = quidditch ]
check "keeps its data to itself" [ "$(stat -c '%U %a' "$data")" = "quidditch 700" ]
check "runs as one process that pgrep finds" \
  [ "$(pgrep -o -f quidditch-master)" = "$(value MainPID)" ]
check "answers the health command" within 10 runuser -u quidditch -- quidditch-master health
check "is listed by quidditch-admin" sh -c 'quidditch-admin member list | grep -q leader'
check "has a sound log by quidditch-admin, beside the daemon" quidditch-admin wal verify "$data"

before=$SECONDS
check "stops" systemctl stop "$unit"
check "stops within 3 s" [ $((SECONDS - before)) -le 3 ]
check "stops with 0" is ExecMainStatus 0
check "is inactive, not failed" is ActiveState inactive

check "starts again" systemctl start "$unit"
pid=$(value MainPID)
kill -9 "$pid"
check "restarts after kill -9" within 30 new_process "$pid"
check "restarted once" is NRestarts 1
check "serves again" within 10 serves
systemctl stop "$unit"
systemctl reset-failed "$unit" 2> /dev/null

# Refused data: every log segment's first bytes are overwritten.
find "$data" -path '*wal*' -type f -size +4k -print -exec \
  sh -c 'head -c 4096 /dev/urandom | dd of="$1" conv=notrunc bs=4096 status=none' - {} \; > /check/damaged
check "there was a log to damage" [ -s /check/damaged ]
systemctl start --no-block "$unit"
check "ends with 79 on refused data" within 30 exited_with 79
sleep 5
check "does not restart after 79" exited_with 79
check "did not try" is NRestarts 0
rm -rf "${data:?}"/*
systemctl reset-failed "$unit"

# A wrong configuration.
mkdir -p /etc/quidditch
echo 'raft_port: none' > /etc/quidditch/master.yml
systemctl start --no-block "$unit"
check "ends with 78 on a wrong configuration" within 30 exited_with 78
sleep 5
check "does not restart after 78" exited_with 78
check "says which line is wrong" \
  sh -c "journalctl --no-pager -u $unit | grep -q '/etc/quidditch/master.yml:1: raft_port'"
rm /etc/quidditch/master.yml

journalctl --no-pager -u "$unit" > /check/journal
if [ "$failed" = 0 ]; then echo "all passed"; else echo "some failed"; fi
