#!/bin/sh
# The parent of one unit's payload: outlives the agent, hands on the stop signal, records the end.
#
#   shim.sh CREDENTIALS UNIT LIFELINE DESCRIPTORS PAYLOAD SIGNAL [GROUP…] -- PROGRAM [ARGUMENT…]
#
#   CREDENTIALS  uid:gid to become, or - to stay who it is
#   UNIT         the unit's id, for those who look at the process table
#   LIFELINE     descriptor whose closing tells the agent that this shim is gone
#   DESCRIPTORS  descriptors the payload inherits beside 0, 1, 2, between commas: ,3,8,
#   PAYLOAD      sandbox (PROGRAM ends as bwrap, the payload is the first child of its first child) or direct
#   SIGNAL       number of the signal that asks the payload to stop
#   GROUP        file of a control group; who writes 0 to it is in the group
#
# The working folder is the unit's run folder. Written there: state.json before the payload starts and, replaced whole, when
# its pid is known; exit.json, whole, when it has ended. stop.json is the agent's wish that it end. While nothing happens the
# shim sleeps in wait(2); it forks only to start, to rename its records, and during a stop.
set -uf
umask 077

script=$0 credentials=$1 unit=$2 lifeline=$3 descriptors=$4 payload=$5 signal=$6
shift 6

# Groups are joined while still root: the partition's user may not write there.
while [ "$1" != -- ]; do
  echo 0 >"$1" || exit 71
  shift
done
shift
if [ "$credentials" != - ]; then
  exec setpriv --reuid "${credentials%:*}" --regid "${credentials#*:}" --clear-groups -- \
    /bin/sh "$script" - "$unit" "$lifeline" "$descriptors" "$payload" "$signal" -- "$@"
fi

# What else is open came from whoever started the agent. Above 9 the agent has covered it: this shell cannot name it.
for descriptor in 3 4 5 6 7 8 9; do
  case ",$lifeline$descriptors" in
  *",$descriptor,"*) ;;
  *) eval "exec $descriptor>&-" ;;
  esac
done

# One shim per unit, whatever the agent believes. The kernel drops the lock with this process.
flock -n "$lifeline" || exit 75

# A handler that does something, never '': children inherit an ignored signal, not a handler.
root='' early='' asked='' interrupted=''
trap 'interrupted=1; stop_payload' TERM
trap 'interrupted=1' HUP INT QUIT

# start_of PID: sets $start to field 22 of /proc/PID/stat; the name in parentheses may hold anything.
start_of() {
  read -r stat <"/proc/$1/stat" || return 1
  # shellcheck disable=SC2086 # split into fields on purpose
  set -- ${stat##*) }
  start=${20}
}

# record NAME TEXT
record() {
  printf '%s\n' "$2" >".$1" && mv -f ".$1" "$1"
}

# Sets $target to the pid that the stop signal is for; fails while the sandbox has not started it.
find_payload() {
  target=$root
  [ "$payload" = direct ] && return 0
  for _ in init payload; do
    parent=$target target=''
    # The kernel ends this line without a newline, which makes `read` fail although it has read.
    { read -r target rest <"/proc/$parent/task/$parent/children"; } 2>/dev/null
    [ -n "$target" ] || return 1
  done
}

# Whether $target ignores the stop signal: so it does until the sandbox's last program has restored it.
ignores_signal() {
  ignored=0
  { while read -r key value; do
    [ "$key" = SigIgn: ] && ignored=$value && break
  done <"/proc/$target/status"; } 2>/dev/null
  [ $((0x$ignored >> (signal - 1) & 1)) -eq 1 ]
}

# Sends the stop signal once for a wish of the agent, whoever repeats it: to some programs a second one means "drop
# everything". A SIGTERM without a wish (a shutdown that signals every process) is handed on each time.
stop_payload() {
  if [ -z "$root" ]; then
    early=1
    return
  fi
  if [ -e stop.json ]; then
    [ -n "$asked" ] && return
    asked=1
  fi
  patience=100
  while kill -0 "$root" 2>/dev/null; do
    if find_payload; then
      if [ $patience -eq 0 ] || ! ignores_signal; then
        kill -"$signal" "$target" 2>/dev/null
        return
      fi
      patience=$((patience - 1))
    fi
    sleep 0.02
  done
}

start_of $$ || exit 71
read -r boot </proc/sys/kernel/random/boot_id
self="\"boot\":\"$boot\",\"shim\":{\"pid\":$$,\"start\":$start}"
# In one write, into a name that the agent left free: there is nothing yet that a broken record could hide.
printf '%s\n' "{$self,\"root\":null}" >state.json || exit 73

(
  eval "exec $lifeline>&-"
  cd /
  # An asynchronous command of a shell ignores SIGINT and SIGQUIT for good; env undoes that.
  set -- env -i --default-signal PATH="$PATH" LANG=C.UTF-8 SLAPGRID_PARENT=$$ "$@"
  [ "$payload" = direct ] && set -- setpriv --pdeathsig KILL -- "$@"
  exec "$@"
) &
root=$!

IFS=,
for descriptor in $descriptors; do
  [ -n "$descriptor" ] && eval "exec $descriptor>&-"
done
unset IFS

if start_of "$root"; then
  record state.json "{$self,\"root\":{\"pid\":$root,\"start\":$start}}"
fi
[ -n "$early" ] && stop_payload

# A trapped signal ends `wait` early, so it is repeated; 127 then means that the shell has already told the status.
status=127
while
  interrupted=''
  wait "$root"
  code=$?
  [ $code -eq 127 ] || status=$code
  [ -n "$interrupted" ]
do :; done

requested=false
[ -e stop.json ] && requested=true
record exit.json "{\"status\":$status,\"requested\":$requested,\"at\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}"
