#!/usr/bin/env bash
# Runs the tests repeatedly beside busy loops, and prints the result of each run: no test depends on the speed of the machine.
#
#   scripts/under-load.sh [RUNS [LOOPS [ARGUMENT...]]]      # 3 runs beside 4 loops; arguments are those of npm test
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-3} loops=${2:-4}
shift $(($# < 2 ? $# : 2))

pids=()
end() { if [ ${#pids[@]} -gt 0 ]; then kill "${pids[@]}" 2>/dev/null || true; fi; }
trap end EXIT
for ((loop = 0; loop < loops; loop++)); do
  (while :; do :; done) &
  pids+=($!)
done

failed=0
for ((run = 1; run <= runs; run++)); do
  log=$(mktemp "${TMPDIR:-/tmp}/vnet-under-load.XXXXXX")
  started=$SECONDS
  npm test -- "$@" >"$log" 2>&1 || failed=1
  grep ' FAIL ' "$log" || true
  echo "run $run beside $loops busy loops: $(tail -1 "$log"), $((SECONDS - started)) s; $log"
done
exit $failed
